// The history of one agent that gives a proposal of every kind: 92 days of two sessions each, from wire names alone.
import { jsonBytes, request, span } from '../server/otlp-requests.ts';
import type { Value } from '../server/otlp-requests.ts';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Two more than the window: what is held must be held from its first session on. */
const DAYS = 92;
const SPANS_A_REQUEST = 2000;

export const CLERK = 'clerk';
export const OFFICE = 'office';
/** An agent that was seen once and holds something: nothing can be said of it yet. */
export const NEWCOMER = 'newcomer';
export const ATTIC = 'attic';

const HELD = [
  'crm:read_*|*',
  'crm:list_reports|report/*',
  'crm:reply_ticket|*',
  'crm:check_balance|*',
  'crm:delete_account|*',
  'mail:read_archive|*',
  'mail:read_spam|*',
  'mail:update_filter|*',
];

let counted = 0;
const hex = (digits: number): string => (counted += 1).toString(16).padStart(digits, '0');
const nanos = (ms: number): string => `${Math.round(ms)}000000`;

/** One session: `steps` are its calls, `issues` the name of a token that it is given, `carries` that of its calls. */
interface Session {
  agent: string;
  name: string;
  goal: string;
  at: number;
  holds: readonly string[];
  steps: readonly { permission: string; resource?: string; asked?: boolean }[];
  token: string;
  issues: boolean;
  makes?: string;
}

const spansOf = ({ agent, name, goal, at, holds, steps, token, issues, makes }: Session) => {
  const traceId = hex(32);
  const root = hex(16);
  const told = (word: string, from_s: number, long_s: number, attributes: Record<string, Value>) =>
    span(
      { 'footprint.schema': 1, ...attributes },
      {
        traceId,
        spanId: hex(16),
        parentSpanId: root,
        name: word,
        startTimeUnixNano: nanos(at + from_s * 1000),
        endTimeUnixNano: nanos(at + (from_s + long_s) * 1000),
      },
    );
  const calls = steps.flatMap(({ permission, resource, asked }, index) => {
    const id = `${name}-${index}`;
    const about = {
      'footprint.permission': permission,
      'footprint.decision.id': id,
      ...(resource === undefined
        ? {}
        : { 'footprint.resource.type': 'report', 'footprint.resource.id': resource }),
    };
    const decision = {
      ...about,
      'footprint.decision.effect': asked === true ? 'require_approval' : 'allow',
      'footprint.policy.engine': 'cedar',
      'footprint.policy.id': 'clerks',
      'footprint.policy.rules': ['clerk-may'],
      // The clerk goes by its user's name, the newcomer by its own.
      ...(agent === CLERK
        ? {
            'footprint.principal.id': 'ada',
            'footprint.principal.type': 'user',
            'footprint.delegation.type': 'impersonation',
          }
        : {}),
    };
    const answer = {
      'footprint.permission': permission,
      'footprint.decision.id': id,
      'footprint.approval.tier': 'single',
      'footprint.approval.outcome': 'approved',
      'footprint.approval.source': 'user_once',
      'footprint.approval.approver': 'ada',
      'footprint.approval.approver_type': 'user',
      'footprint.approval.requested_at': new Date(at + (index * 4 + 3) * 1000).toISOString(),
    };
    const tool = permission.split(':').at(-1) ?? permission;
    const used = {
      ...about,
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': tool,
      'footprint.credential.fingerprint': token,
    };
    return [
      told(`authorize ${permission}`, index * 4 + 2, 1, decision),
      ...(asked === true ? [told(`request_approval ${permission}`, index * 4 + 3, 1, answer)] : []),
      told(`execute_tool ${tool}`, index * 4 + 4, 1, used),
    ];
  });
  const surface = {
    'footprint.surface.permissions': [...holds],
    'footprint.surface.source': 'policy',
    'footprint.surface.part': 1,
    'footprint.surface.parts': 1,
  };
  const credential = {
    'footprint.credential.fingerprint': token,
    'footprint.credential.type': 'oauth_access_token',
    'footprint.credential.issued_at': new Date(at).toISOString(),
    'footprint.credential.expires_at': new Date(at + 600 * MINUTE_MS).toISOString(),
    'footprint.credential.scopes': ['tickets.read'],
  };
  return [
    span(
      {
        'footprint.schema': 1,
        'gen_ai.operation.name': 'invoke_agent',
        'gen_ai.agent.name': agent,
        'footprint.session.id': name,
        'footprint.session.goal': goal,
      },
      {
        traceId,
        spanId: root,
        name: `invoke_agent ${agent}`,
        startTimeUnixNano: nanos(at),
        endTimeUnixNano: nanos(at + MINUTE_MS),
      },
    ),
    told('surface_snapshot', 0, 1, surface),
    ...(issues ? [told('issue_credential oauth_access_token', 1, 1, credential)] : []),
    ...calls,
    ...(makes === undefined
      ? []
      : [
          told('acquire sandbox', 40, 1, {
            'footprint.temp_resource.type': 'sandbox',
            'footprint.temp_resource.id': makes,
          }),
        ]),
  ];
};

/** Sessions sort the mail in the morning and answer it in the afternoon. */
const clerks = (now: number): Session[] =>
  Array.from({ length: DAYS * 2 }, (_, index) => {
    const answers = index % 2 === 1;
    const day = Math.floor(index / 2);
    const at = now - (DAYS - day) * DAY_MS + (answers ? 5 : 1) * 60 * MINUTE_MS;
    return {
      agent: CLERK,
      name: `clerk-${String(index).padStart(3, '0')}`,
      goal: answers ? 'answer_mail' : 'sort_mail',
      at,
      holds: HELD,
      steps: [
        { permission: index % 3 === 0 ? 'crm:read_order' : 'crm:read_account' },
        { permission: 'crm:list_reports', resource: `r-${index % 2}` },
        ...(answers ? [{ permission: 'crm:reply_ticket' }] : []),
        ...(index % 4 === 0 ? [{ permission: 'crm:check_balance', asked: true }] : []),
        ...(index === 60 || index === 120 ? [{ permission: 'mail:update_filter' }] : []),
      ],
      // The afternoon works on with the token of the morning.
      token: `clerk-token-${answers ? index - 1 : index}`,
      issues: !answers,
      ...(index % 20 === 0 ? { makes: `sandbox-${index}` } : {}),
    };
  });

const newcomer = (now: number): Session => ({
  agent: NEWCOMER,
  name: 'newcomer-1',
  goal: 'look_around',
  at: now - 120 * MINUTE_MS,
  holds: ['crm:read_order|*', 'crm:delete_account|*'],
  steps: [{ permission: 'crm:read_order' }],
  token: 'newcomer-token',
  issues: true,
});

const send = async (url: string, environment: string, spans: unknown[]): Promise<void> => {
  const resource = { 'deployment.environment.name': environment };
  for (let from = 0; from < spans.length; from += SPANS_A_REQUEST) {
    const answer = await fetch(`${url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(
        jsonBytes(request(spans.slice(from, from + SPANS_A_REQUEST), { resource })),
      ),
    });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  }
};

/** Sends the clerk's days and the newcomer's hour; resolves once every span is acknowledged. */
export const sendProposable = async (url: string): Promise<{ sessions: number }> => {
  const now = Date.now();
  const days = clerks(now);
  await send(url, OFFICE, days.flatMap(spansOf));
  await send(url, ATTIC, spansOf(newcomer(now)));
  return { sessions: days.filter(({ at }) => at >= now - 90 * DAY_MS).length };
};
