// Evaluates one rule: asks it, takes what it found through its states, and keeps that with the messages it makes.
import { randomUUID } from 'node:crypto';
import type { Change, Control } from '../control/control.ts';
import { AppError, asAppError } from '../errors.ts';
import { errorFields, type Log } from '../log.ts';
import type { AskRows } from '../reports/ask.ts';
import type { FileCatalogue, Listed } from '../reports/catalogue.ts';
import type { Destinations } from '../reports/deliver/destinations.ts';
import { askedOf } from '../reports/run.ts';
import { ALERT_PREFIX } from '../store/query.ts';
import type { Store } from '../store/store.ts';
import { findingsOf } from './finding.ts';
import { mutes, putAlert, toAlert, toMute, type RuleKept } from './kept.ts';
import { toldOf, type MessageKind, type Told } from './message.ts';
import type { Rule } from './rule.ts';
import { step, type Alert } from './states.ts';

export interface EvaluateOptions {
  store: Store;
  control: Control;
  catalogue: FileCatalogue<Rule>;
  ask: AskRows;
  destinations: Destinations;
  now: () => number;
  log: Log;
}

export interface RuleAsked {
  workspace: string;
  listed: Listed<Rule>;
  kept: RuleKept;
  /** The store's commits before it is asked. */
  commits: number;
}

/** More agents than a workspace has; of one beyond, nothing is known. */
const AGENTS_MAX = 100_000;
/** Who is heard of is asked only where something is over; it reads the days of sessions. */
const HEARD_TIMEOUT_MS = 30_000;

export const evaluateRule = async (options: EvaluateOptions, asked: RuleAsked): Promise<void> => {
  const { control, now, log } = options;
  const { workspace, listed, kept, commits } = asked;
  const at = now();
  const evaluated_at = new Date(at).toISOString();
  const rule = listed.name;
  const digest = listed.definition?.digest ?? '';
  const noted = { workspace, rule, evaluated_at, evaluated_commit: commits, digest };
  const { destinations } = kept;
  const message = await messagesTo(options, { workspace, rule, destinations, evaluated_at });
  try {
    const { name, definition } = ruleOf(listed);
    const changes = await found(options, asked, definition, at, message);
    if (kept.failed_since !== null) {
      changes.push(message('restored', toldOf(definition.title, [], true), 0));
      log.info('an alert rule runs again', { rule: name });
    }
    const fine = { ...noted, failed_since: null, error: null };
    await control.write([...changes, { name: 'note_alert_rule', params: fine }]);
  } catch (error) {
    const told = asAppError(error);
    log.warn('an alert rule cannot run', { rule, ...errorFields(told) });
    const failed_since = kept.failed_since ?? evaluated_at;
    const failed = { ...noted, failed_since, error: told.message };
    const title = listed.definition?.title ?? rule;
    const first = kept.failed_since === null;
    const what = { ...toldOf(title, [], true), error: told.message };
    await control.write([
      { name: 'lose_alerts_of_rule', params: { workspace, rule } },
      { name: 'note_alert_rule', params: failed },
      ...(first ? [message('failed', what, 0)] : []),
    ]);
  }
};

/** Throws AppError `bad_request` with what is wrong with its file. */
const ruleOf = ({ name, definition, fault }: Listed<Rule>) => {
  if (definition !== null && fault === null) return { name, definition };
  throw new AppError('bad_request', fault ?? 'the file is broken');
};

type MakeMessage = (kind: MessageKind, told: Told, count: number) => Change;

/** Makes messages to whom the rule tells: those it names, else all that are marked. */
const messagesTo = async (
  { destinations }: EvaluateOptions,
  to: { workspace: string; rule: string; destinations: string[] | null; evaluated_at: string },
): Promise<MakeMessage> => {
  const { workspace, rule, evaluated_at: created_at } = to;
  const marked = async (): Promise<string[]> =>
    (await destinations.list(workspace)).flatMap(({ id, alerts }) => (alerts ? [id] : []));
  const pending = JSON.stringify(to.destinations ?? (await marked()));
  return (kind, told, count) => ({
    name: 'add_alert_message',
    params: {
      id: randomUUID(),
      workspace,
      rule,
      kind,
      alerts: count,
      created_at,
      body: JSON.stringify(told),
      pending,
    },
  });
};

const found = async (
  options: EvaluateOptions,
  { workspace, listed }: RuleAsked,
  rule: Rule,
  at: number,
  message: MakeMessage,
): Promise<Change[]> => {
  const { control, ask } = options;
  const prefix = listed.source === 'built_in' ? ALERT_PREFIX : null;
  const rows = await ask({ definition: rule, asked: askedOf(rule, {}, at), workspace, prefix });
  const { found, complete } = findingsOf(rows);
  const known = (await control.ask('known_alerts', { workspace, rule: rule.name })).map(toAlert);
  const now = new Date(at).toISOString();
  const quiet = (await control.ask('list_alert_mutes', { workspace, now })).map(toMute);
  const outcome = step({
    rule,
    workspace,
    at,
    known,
    found,
    complete,
    muted: (alert) => quiet.some((mute) => mutes(mute, alert)),
    heard: await heardOf(options, workspace, rule, at, known, found),
  });
  const told = (kind: MessageKind, alerts: readonly Alert[]): Change[] =>
    alerts.length === 0 ? [] : [message(kind, toldOf(rule.title, alerts, complete), alerts.length)];
  return [
    ...outcome.kept.map(({ alert, begins }) => putAlert(workspace, alert, begins)),
    ...outcome.dropped.map((id) => ({ name: 'delete_alert', params: { id } })),
    ...told('firing', outcome.firing),
    ...told('still', outcome.still),
    ...told('resolved', outcome.resolved),
  ];
};

/** Whether an agent's telemetry came within the rule's window; what names no agent is always heard. */
const heardOf = async (
  { store }: EvaluateOptions,
  workspace: string,
  rule: Rule,
  at: number,
  known: readonly Alert[],
  found: readonly { key: string }[],
): Promise<(alert: Alert) => boolean> => {
  const keys = new Set(found.map(({ key }) => key));
  const over = known.filter(({ key, state }) => state !== 'resolved' && !keys.has(key));
  if (over.every(({ agent }) => agent === null)) return () => true;
  const until = new Date(at).toISOString();
  const since = new Date(at - rule.window_ms).toISOString();
  const params = { workspace, environment: null, since, until, limit: AGENTS_MAX };
  const timeout_ms = HEARD_TIMEOUT_MS;
  const rows = await store.ask({ name: 'agents_heard', params, timeout_ms });
  const nameOf = (environment: unknown, agent: unknown) => JSON.stringify([environment, agent]);
  const heard = new Set(
    rows.flatMap(({ environment, agent }) => [nameOf(environment, agent), nameOf(null, agent)]),
  );
  return ({ environment, agent }) => agent === null || heard.has(nameOf(environment, agent));
};
