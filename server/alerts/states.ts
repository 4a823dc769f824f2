// What becomes of the alerts of one rule when it was evaluated: pure, so that every state can be tried.
import { createHash } from 'node:crypto';
import type { Finding } from './finding.ts';
import type { Rule } from './rule.ts';

export const STATES = ['pending', 'firing', 'no_data', 'resolved'] as const;
export type AlertState = (typeof STATES)[number];

/** Instants are RFC 3339. */
export interface Alert extends Finding {
  id: string;
  rule: string;
  state: AlertState;
  /** When its key was first found on this occasion. */
  began_at: string;
  fired_at: string | null;
  last_seen_at: string;
  resolved_at: string | null;
  /** When it was told last on this occasion; null for never. */
  told_at: string | null;
  acknowledged_at: string | null;
  acknowledged_by: string | null;
}

export interface Evaluation {
  rule: Rule;
  workspace: string;
  /** Milliseconds since 1970. */
  at: number;
  /** Alerts of the rule, those that are over too. */
  known: readonly Alert[];
  found: readonly Finding[];
  /** False where there was more than is looked at: then nothing is over for not being found. */
  complete: boolean;
  muted: (alert: Alert) => boolean;
  /** Whether telemetry of the agent came within the rule's window: else that nothing is found says nothing. */
  heard: (alert: Alert) => boolean;
}

export interface Outcome {
  /** Alerts as they are now; `begins` where it is another occasion. */
  kept: { alert: Alert; begins: boolean }[];
  /** Ids of those that never fired and are over. */
  dropped: string[];
  firing: Alert[];
  still: Alert[];
  resolved: Alert[];
}

/** The same for as long as rule and key are. */
export const alertId = (workspace: string, rule: string, key: string): string =>
  createHash('sha256')
    .update(JSON.stringify([workspace, rule, key]))
    .digest('hex')
    .slice(0, 24);

export const step = (evaluation: Evaluation): Outcome => {
  const { known, found } = evaluation;
  const outcome: Outcome = { kept: [], dropped: [], firing: [], still: [], resolved: [] };
  const byKey = new Map(known.map((alert) => [alert.key, alert]));
  for (const finding of found) seen(evaluation, finding, byKey.get(finding.key), outcome);
  if (!evaluation.complete) return outcome;
  const keys = new Set(found.map(({ key }) => key));
  for (const alert of known) {
    if (!keys.has(alert.key) && alert.state !== 'resolved') gone(evaluation, alert, outcome);
  }
  return outcome;
};

const seen = (
  { rule, workspace, at, muted }: Evaluation,
  finding: Finding,
  before: Alert | undefined,
  outcome: Outcome,
): void => {
  const now = new Date(at).toISOString();
  const begins = before === undefined || before.state === 'resolved';
  const began_at = begins ? now : before.began_at;
  const fired_at = begins ? null : before.fired_at;
  const fires = fired_at !== null || at - Date.parse(began_at) >= rule.for_ms;
  const alert: Alert = {
    ...finding,
    id: alertId(workspace, rule.name, finding.key),
    rule: rule.name,
    state: fires ? 'firing' : 'pending',
    began_at,
    fired_at: fires ? (fired_at ?? now) : null,
    last_seen_at: now,
    resolved_at: null,
    told_at: begins ? null : before.told_at,
    acknowledged_at: begins ? null : before.acknowledged_at,
    acknowledged_by: begins ? null : before.acknowledged_by,
  };
  if (fires && !muted(alert)) {
    if (alert.told_at === null) outcome.firing.push(alert);
    else if (alert.acknowledged_at === null && at - Date.parse(alert.told_at) >= rule.repeat_ms) {
      outcome.still.push(alert);
    }
    if (outcome.firing.at(-1) === alert || outcome.still.at(-1) === alert) alert.told_at = now;
  }
  outcome.kept.push({ alert, begins });
};

const gone = ({ rule, at, heard }: Evaluation, alert: Alert, outcome: Outcome): void => {
  if (alert.fired_at === null) {
    outcome.dropped.push(alert.id);
    return;
  }
  if (!heard(alert)) {
    outcome.kept.push({ alert: { ...alert, state: 'no_data' }, begins: false });
    return;
  }
  const over: Alert = { ...alert, state: 'resolved', resolved_at: new Date(at).toISOString() };
  outcome.kept.push({ alert: over, begins: false });
  // Muted or not: whoever was told that it fires must not wait for an end that nobody tells.
  if (alert.told_at !== null && rule.tells_recovery) outcome.resolved.push(over);
};
