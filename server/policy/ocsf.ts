// OCSF 1.8: one IAM Analysis Finding (class 2008) of what the agent holds and what is to be taken back, for a SIEM.
import { hash } from 'node:crypto';
import { conditionText } from './plan.ts';
import { jsonText, plain } from './say.ts';
import type { Format, Plan, Written } from './types.ts';

const CREATE = 1;
const FINDINGS = 2;
const CLASS = 2008;
const NEW = 1;
const SERVICE_USER = 4;
/** Nothing to take back informs; the rest is for whoever reads the evidence to weigh. */
const SEVERITIES = { none: [1, 'Informational'], some: [3, 'Medium'] } as const;

const text = (held: { permission: string; resource_pattern: string }): string =>
  `${held.permission}|${held.resource_pattern}`;

const write = (plan: Plan): Written => {
  const { agent, environment, made_at, held, changes } = plan;
  const time = Date.parse(made_at);
  const [severity_id, severity] = SEVERITIES[changes.length === 0 ? 'none' : 'some'];
  const uid = hash('sha256', JSON.stringify([agent, environment, changes.map(text)]), 'hex');
  const granted = [...new Set([...held, ...changes].map(text))];
  const finding = {
    activity_id: CREATE,
    activity_name: 'Create',
    category_uid: FINDINGS,
    category_name: 'Findings',
    class_uid: CLASS,
    class_name: 'IAM Analysis Finding',
    type_uid: CLASS * 100 + CREATE,
    type_name: 'IAM Analysis Finding: Create',
    severity_id,
    severity,
    status_id: NEW,
    status: 'New',
    time,
    message: `${changes.length} permission(s) of agent ${plain(agent)} can be taken back or narrowed.`,
    metadata: { version: '1.8.0', product: { name: 'Footprint', vendor_name: 'Footprint' } },
    finding_info: {
      uid,
      title: `Permissions of agent ${plain(agent)} in ${plain(environment)}`,
      desc: changes.map((one) => `${plain(text(one))}: ${plain(one.evidence)}`).join('\n'),
      types: [...new Set(changes.map(({ kind }) => kind))],
      created_time: time,
    },
    user: { name: agent, type_id: SERVICE_USER, type: 'Service', domain: environment },
    permission_analysis_results: [
      {
        policy: { name: agent, type: 'Permissions held by an agent' },
        granted_privileges: granted,
        analyzed_privileges_count: granted.length,
        unused_privileges_count: new Set(
          changes.filter(({ kind }) => kind === 'remove_permission').map(text),
        ).size,
      },
    ],
    remediation: {
      desc: [
        ...held.map((one) => `keep ${plain(text(one))} ${conditionText(one)}`.trimEnd()),
        ...changes.map(
          (one) => `${plain(one.kind)} ${plain(text(one))} (${plain(one.recommendation)})`,
        ),
      ].join('\n'),
    },
    unmapped: { held, changes },
  };
  return {
    files: [{ name: 'finding.json', text: jsonText(finding) }],
    notes: [
      'A finding tells; it enforces nothing. `unused_privileges_count` counts the removals, and `unmapped` holds each entry with its conditions and evidence.',
    ],
  };
};

export const ocsf: Format = { write };
