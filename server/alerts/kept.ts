// Alerts, mutes and rules as the control data keeps them.
import type { Change, ControlRow } from '../control/control.ts';
import type { Severity } from '../reports/definition.ts';
import type { Alert, AlertState } from './states.ts';

export interface Mute {
  id: string;
  /** Null says any. */
  rule: string | null;
  environment: string | null;
  agent: string | null;
  key: string | null;
  until: string;
  reason: string;
  actor: string;
  created_at: string;
}

export interface RuleKept {
  enabled: boolean;
  /** Null for all destinations that are marked for alerts. */
  destinations: string[] | null;
  evaluated_at: string | null;
  evaluated_commit: number | null;
  digest: string | null;
  failed_since: string | null;
  error: string | null;
}

export const mutes = (mute: Mute, alert: Alert): boolean =>
  (mute.rule === null || mute.rule === alert.rule) &&
  (mute.environment === null || mute.environment === alert.environment) &&
  (mute.agent === null || mute.agent === alert.agent) &&
  (mute.key === null || mute.key === alert.key);

export const toAlert = (row: ControlRow): Alert => ({
  id: text(row, 'id'),
  rule: text(row, 'rule'),
  key: text(row, 'key'),
  state: text(row, 'state') as AlertState,
  severity: text(row, 'severity') as Severity,
  message: text(row, 'message'),
  environment: maybe(row, 'environment'),
  agent: maybe(row, 'agent'),
  session: maybe(row, 'session'),
  fingerprint: maybe(row, 'fingerprint'),
  permission: maybe(row, 'permission'),
  began_at: text(row, 'began_at'),
  fired_at: maybe(row, 'fired_at'),
  last_seen_at: text(row, 'last_seen_at'),
  resolved_at: maybe(row, 'resolved_at'),
  told_at: maybe(row, 'told_at'),
  acknowledged_at: maybe(row, 'acknowledged_at'),
  acknowledged_by: maybe(row, 'acknowledged_by'),
});

export const putAlert = (workspace: string, alert: Alert, begins: boolean): Change => {
  const { id, rule, key, state, severity, message, environment, agent, session } = alert;
  const { fingerprint, permission, began_at, fired_at, last_seen_at, resolved_at, told_at } = alert;
  const named = { id, workspace, rule, key, severity, message };
  const targets = { environment, agent, session, fingerprint, permission };
  // Who acknowledged it is not written: somebody may do so meanwhile.
  const times = { began_at, fired_at, last_seen_at, resolved_at, told_at };
  const params = { ...named, ...targets, ...times, state, begins: begins ? 1 : 0 };
  return { name: 'put_alert', params };
};

export const toMute = (row: ControlRow): Mute => ({
  id: text(row, 'id'),
  rule: maybe(row, 'rule'),
  environment: maybe(row, 'environment'),
  agent: maybe(row, 'agent'),
  key: maybe(row, 'key'),
  until: text(row, 'until'),
  reason: text(row, 'reason'),
  actor: text(row, 'actor'),
  created_at: text(row, 'created_at'),
});

export const toRuleKept = (row: ControlRow | undefined): RuleKept => {
  const destinations = maybe(row ?? {}, 'destinations');
  const commit = row?.['evaluated_commit'];
  return {
    enabled: row === undefined || row['enabled'] === 1,
    destinations: destinations === null ? null : (JSON.parse(destinations) as string[]),
    evaluated_at: maybe(row ?? {}, 'evaluated_at'),
    evaluated_commit: typeof commit === 'number' ? commit : null,
    digest: maybe(row ?? {}, 'digest'),
    failed_since: maybe(row ?? {}, 'failed_since'),
    error: maybe(row ?? {}, 'error'),
  };
};

const text = (row: ControlRow, name: string): string => String(row[name] ?? '');
const maybe = (row: ControlRow, name: string): string | null => {
  const value = row[name];
  return typeof value === 'string' ? value : null;
};
