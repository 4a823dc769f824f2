// Alerts as people and the API see them: what is wrong, what is muted, which rules there are, and what was told.
import { randomUUID } from 'node:crypto';
import type { Control } from '../control/control.ts';
import { AppError } from '../errors.ts';
import type { FileCatalogue } from '../reports/catalogue.ts';
import type { Destinations } from '../reports/deliver/destinations.ts';
import type { Evaluator } from './evaluator.ts';
import { mutes, toAlert, toMute, toRuleKept, type Mute, type RuleKept } from './kept.ts';
import type { Message } from './message.ts';
import { toMessage } from './outbox.ts';
import type { Rule } from './rule.ts';
import type { Alert, AlertState } from './states.ts';

export interface AlertTold extends Alert {
  title: string;
  /** The end of the mute that holds longest; null where it is not muted. */
  muted_until: string | null;
}

export interface RuleTold extends RuleKept {
  name: string;
  source: 'built_in' | 'folder';
  title: string;
  question: string;
  every_s: number;
  for_s: number;
  fault: string | null;
  /** Alerts of it that are wrong now. */
  active: number;
}

export interface MessageTold extends Message {
  deliveries: unknown;
  /** Destinations that it has yet to reach. */
  pending: number;
}

export type MuteSettings = Omit<Mute, 'id' | 'actor' | 'created_at'>;

export interface Alerts {
  list(options: {
    workspace: string;
    state?: AlertState | undefined;
    rule?: string | undefined;
    agent?: string | undefined;
    limit: number;
  }): Promise<AlertTold[]>;
  acknowledge(workspace: string, actor: string, id: string): Promise<AlertTold>;
  mutes(workspace: string): Promise<Mute[]>;
  mute(workspace: string, actor: string, settings: MuteSettings): Promise<Mute>;
  /** Mutes this key of this rule. */
  muteOne(
    workspace: string,
    actor: string,
    id: string,
    settings: { until: string; reason: string },
  ): Promise<Mute>;
  unmute(workspace: string, actor: string, id: string): Promise<void>;
  rules(workspace: string): Promise<RuleTold[]>;
  setRule(
    workspace: string,
    actor: string,
    rule: string,
    settings: { enabled: boolean; destinations: string[] | null },
  ): Promise<RuleTold>;
  history(workspace: string, limit: number): Promise<MessageTold[]>;
  /** Evaluates all rules now. */
  evaluate(): Promise<number>;
}

/** Longer is a rule that should be switched off. */
const MUTE_MAX_MS = 90 * 86_400_000;

export const createAlerts = ({
  control,
  catalogue,
  destinations,
  evaluator,
  now,
}: {
  control: Control;
  catalogue: FileCatalogue<Rule>;
  destinations: Destinations;
  evaluator: Evaluator;
  now: () => number;
}): Alerts => {
  const instant = () => new Date(now()).toISOString();
  const active = async (workspace: string) =>
    (await control.ask('list_alert_mutes', { workspace, now: instant() })).map(toMute);
  const told = async (workspace: string, params: Record<string, string | number | null>) => {
    const quiet = await active(workspace);
    const all = { workspace, state: null, rule: null, agent: null, id: null, ...params };
    const titles = new Map(catalogue.list().map((one) => [one.name, one.definition?.title]));
    return (await control.ask('list_alerts', all)).map(toAlert).map((alert): AlertTold => {
      const untils = quiet.filter((mute) => mutes(mute, alert)).map(({ until }) => until);
      const title = titles.get(alert.rule) ?? alert.rule;
      return { ...alert, title, muted_until: untils.sort().at(-1) ?? null };
    });
  };
  const found = async (workspace: string, id: string): Promise<AlertTold> => {
    const [alert] = await told(workspace, { id, limit: 1 });
    if (alert === undefined) throw new AppError('not_found', 'there is no such alert');
    return alert;
  };
  const rules = async (workspace: string): Promise<RuleTold[]> => {
    const kept = await control.ask('list_alert_rules', { workspace });
    const counts = await control.ask('active_alert_rules', { workspace });
    return catalogue.list().map(({ name, source, definition, fault }) => ({
      name,
      source,
      title: definition?.title ?? name,
      question: definition?.query.question ?? '',
      every_s: (definition?.every_ms ?? 0) / 1000,
      for_s: (definition?.for_ms ?? 0) / 1000,
      fault,
      ...toRuleKept(kept.find((row) => row['rule'] === name)),
      active: Number(counts.find((row) => row['rule'] === name)?.['alerts'] ?? 0),
    }));
  };
  const add = async (workspace: string, actor: string, settings: MuteSettings): Promise<Mute> => {
    const until_ms = Date.parse(settings.until);
    if (Number.isNaN(until_ms) || until_ms <= now() || until_ms > now() + MUTE_MAX_MS) {
      throw new AppError('bad_request', 'until must be an instant within the next 90 days');
    }
    const { rule, environment, agent, key } = settings;
    if (rule === null && agent === null && key === null) {
      throw new AppError('bad_request', 'a mute must name a rule, an agent or a key');
    }
    if (rule !== null && !catalogue.list().some(({ name }) => name === rule)) {
      throw new AppError('bad_request', `there is no alert rule "${rule}"`);
    }
    const until = new Date(until_ms).toISOString();
    const { reason } = settings;
    const scope = { rule, environment, agent, key };
    const mute = { id: randomUUID(), ...scope, until, reason, actor, created_at: instant() };
    const detail = { ...scope, until, reason };
    const act = { workspace, actor, action: 'alert.mute', target: mute.id, detail };
    await control.act(act, [{ name: 'add_alert_mute', params: { workspace, ...mute } }]);
    return mute;
  };
  return {
    list: ({ workspace, state, rule, agent, limit }) =>
      told(workspace, { state: state ?? null, rule: rule ?? null, agent: agent ?? null, limit }),
    async acknowledge(workspace, actor, id) {
      const act = { workspace, actor, action: 'alert.acknowledge', target: id };
      const or_missing = 'there is no such alert that fires';
      const params = { workspace, id, acknowledged_at: instant(), acknowledged_by: actor };
      await control.act(act, [{ name: 'acknowledge_alert', params, or_missing }]);
      return found(workspace, id);
    },
    mutes: active,
    mute: add,
    async muteOne(workspace, actor, id, { until, reason }) {
      const { rule, key } = await found(workspace, id);
      return add(workspace, actor, { rule, key, environment: null, agent: null, until, reason });
    },
    async unmute(workspace, actor, id) {
      const act = { workspace, actor, action: 'alert.unmute', target: id };
      const or_missing = 'there is no such mute';
      const params = { workspace, id };
      await control.act(act, [{ name: 'delete_alert_mute', params, or_missing }]);
    },
    rules,
    async setRule(workspace, actor, rule, settings) {
      const known = (await rules(workspace)).some(({ name }) => name === rule);
      if (!known) throw new AppError('not_found', `there is no alert rule "${rule.slice(0, 64)}"`);
      const ids = (await destinations.list(workspace)).map(({ id }) => id);
      const unknown = settings.destinations?.find((id) => !ids.includes(id));
      if (unknown !== undefined) {
        throw new AppError('bad_request', `there is no destination "${unknown}"`);
      }
      const act = { workspace, actor, action: 'alert_rule.set', target: rule, detail: settings };
      const to = settings.destinations === null ? null : JSON.stringify(settings.destinations);
      const params = { workspace, rule, enabled: settings.enabled ? 1 : 0, destinations: to };
      const closed = { workspace, rule, resolved_at: instant() };
      await control.act(act, [
        { name: 'set_alert_rule', params },
        ...(settings.enabled ? [] : [{ name: 'close_alerts_of_rule', params: closed }]),
      ]);
      const set = (await rules(workspace)).find(({ name }) => name === rule);
      if (set === undefined) throw new AppError('not_found', 'the rule is gone');
      return set;
    },
    async history(workspace, limit) {
      const rows = await control.ask('list_alert_messages', { workspace, limit });
      return rows.map((row) => ({
        ...toMessage(row),
        deliveries: JSON.parse(String(row['deliveries'])) as unknown,
        pending: (JSON.parse(String(row['pending'])) as string[]).length,
      }));
    },
    evaluate: () => evaluator.tick({ all: true }),
  };
};
