// Evaluates every rule on its interval, one after the other, and sends what there is to tell.
import { asAppError } from '../errors.ts';
import { errorFields } from '../log.ts';
import type { Send } from '../reports/deliver/send.ts';
import type { Listed } from '../reports/catalogue.ts';
import { evaluateRule, type EvaluateOptions } from './evaluate.ts';
import { toRuleKept, type RuleKept } from './kept.ts';
import { createOutbox } from './outbox.ts';
import type { Rule } from './rule.ts';

export interface Evaluator {
  /** Evaluates what is due, with `all` every rule that is on; answers how many ran. Called by itself. */
  tick(options?: { all?: boolean }): Promise<number>;
  /** Waits until what was told is sent, or was tried. */
  sent(): Promise<void>;
  close(): Promise<void>;
}

/** A rule that is due each minute begins some seconds later. */
const TICK_MS = 10_000;
/** Facts leave a rule's window though nothing came: it is asked again after this. */
const STALE_MS = 3_600_000;
/** Alerts that are over, and what was told, are kept as long as decisions are. */
const KEPT_MS = 90 * 86_400_000;

export const startEvaluator = ({
  send,
  workspaces,
  tick_ms = TICK_MS,
  ...options
}: EvaluateOptions & {
  send: Send;
  workspaces: readonly string[];
  /** 0 lets only the caller tick. */
  tick_ms?: number;
}): Evaluator => {
  const { store, control, catalogue, now, log } = options;
  const outbox = createOutbox({ control, send, now, log });
  const inWorkspace = async (workspace: string, all: boolean): Promise<number> => {
    const at = now();
    const { commits } = await store.state();
    const rows = await control.ask('list_alert_rules', { workspace });
    const active = new Set(
      (await control.ask('active_alert_rules', { workspace })).map((row) => String(row['rule'])),
    );
    const listed = catalogue.list();
    let ran = 0;
    for (const one of listed) {
      const kept = toRuleKept(rows.find((row) => row['rule'] === one.name));
      const due = all || isDue(one, kept, { at, commits, active: active.has(one.name) });
      if (!kept.enabled || !due) continue;
      await evaluateRule(options, { workspace, listed: one, kept, commits });
      ran += 1;
    }
    // A rule whose file is gone finds nothing any more, and nothing recovered.
    const resolved_at = new Date(at).toISOString();
    const gone = [...active].filter((rule) => !listed.some(({ name }) => name === rule));
    const before = new Date(at - KEPT_MS).toISOString();
    await control.write([
      ...gone.map((rule) => ({
        name: 'close_alerts_of_rule',
        params: { workspace, rule, resolved_at },
      })),
      { name: 'forget_alerts', params: { workspace, before } },
      { name: 'forget_alert_messages', params: { workspace, before } },
    ]);
    return ran;
  };
  let last: Promise<unknown> = Promise.resolve();
  /** INVARIANT: one look at a time; a second one begins with what the first kept. */
  const tick = ({ all = false }: { all?: boolean } = {}): Promise<number> => {
    const looked = last.then(async () => {
      await catalogue.refresh();
      let ran = 0;
      for (const workspace of workspaces) ran += await inWorkspace(workspace, all);
      outbox.wake();
      return ran;
    });
    last = looked.catch(() => undefined);
    return looked;
  };
  const timed = (): void => {
    tick().catch((error: unknown) => {
      log.error('alerts could not be evaluated', errorFields(asAppError(error)));
    });
  };
  const timer = tick_ms === 0 ? null : setInterval(timed, tick_ms).unref();
  return {
    tick,
    sent: () => outbox.sent(),
    async close() {
      if (timer !== null) clearInterval(timer);
      await last;
      await outbox.close();
      catalogue.close();
    },
  };
};

/** A rule with something wrong is asked each time, since mutes end and repeats come due though nothing came. */
const isDue = (
  { definition }: Listed<Rule>,
  { evaluated_at, evaluated_commit, digest }: RuleKept,
  { at, commits, active }: { at: number; commits: number; active: boolean },
): boolean => {
  if (evaluated_at === null || definition === null || digest !== definition.digest) return true;
  const passed = at - Date.parse(evaluated_at);
  // A clock that was set back waits for nothing.
  if (passed < 0) return true;
  if (passed < definition.every_ms) return false;
  return definition.timed || active || evaluated_commit !== commits || passed >= STALE_MS;
};
