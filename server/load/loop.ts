// The load loop: gathers records into commits, settles between them, and opens the database again when it fails.
import { setTimeout as delay } from 'node:timers/promises';
import type { Facts } from '../facts/facts.ts';
import type { LogSink } from '../model/log.ts';
import type { Rulings } from '../model/rulings.ts';
import type { StoreState } from '../store/messages.ts';
import type { Database } from './database.ts';
import { createGathering } from './gather.ts';
import type { FromWorker, Handed, Tuning } from './messages.ts';

export interface LoadLoop {
  take(handed: Handed): void;
  /** Commits what is gathered without waiting for more. */
  commitNow(): void;
  /** Resolves when everything taken so far is committed and settled. */
  settleAll(): Promise<void>;
  /**
   * Resolves when these rulings, or later ones, stand in the store; they are put there again whenever it is opened.
   * Rejects where they could not be written.
   */
  rule(rulings: Rulings): Promise<void>;
  state(): Promise<StoreState>;
  generation(): number;
  /** Commits what is gathered and stops. */
  close(): Promise<void>;
  closeDatabase(): void;
}

/** Quiet for this long means idle: then a checkpoint disturbs nobody. */
const IDLE_MS = 5000;
/** Loading needs the cores from this part of a full commit on: some 30,000 spans a second. */
const BUSY_PARTS = 4;
/** A full disk or a lost instance is tried again so often until it works. */
const REOPEN_EVERY_MS = 1000;
/** Settling everything ends after so many rounds, even if rounds keep asking for more. */
const SETTLE_ROUNDS_MAX = 10_000;

export const createLoadLoop = ({
  database: opened,
  open,
  reopened,
  before_reopening,
  facts,
  tuning,
  clock,
  log,
  post,
}: {
  database: Database;
  open: () => Promise<Database>;
  reopened: (database: Database) => Promise<void>;
  before_reopening: () => void;
  facts: Facts;
  tuning: Tuning;
  clock: () => number;
  log: LogSink;
  post: (message: FromWorker) => void;
}): LoadLoop => {
  let database = opened;
  let generation = 1;
  const gathering = createGathering({ facts, commit_rows: tuning.commit_rows, log });
  let since: number | null = null;
  let urgent = false;
  let dirty = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closing = false;
  let ruled: Rulings | null = null;
  /** Told and not yet written. Rulings are told whole, so the latest stand for all that wait. */
  let to_rule: { rulings: Rulings; written: PromiseWithResolvers<void> } | null = null;

  const state = async (): Promise<StoreState> => ({
    ...(await database.loader.state()),
    unsettled_traces: database.settler.waiting(),
    set_aside_traces: database.settler.set_aside(),
  });
  const due = (): boolean =>
    gathering.isFull() ||
    (!gathering.isEmpty() && (urgent || clock() - (since ?? 0) >= tuning.commit_every_ms));

  const commit = async (): Promise<void> => {
    const taken = gathering.next();
    since = gathering.isEmpty() ? null : clock();
    if (gathering.isEmpty()) urgent = false;
    if (taken === null) return;
    await database.setBusy(taken.spans >= tuning.commit_rows / BUSY_PARTS);
    const done = await database.loader.commit(taken);
    dirty = true;
    database.settler.loaded(done.traces);
    const { bytes, spans } = taken;
    gathering.done(taken);
    const { settler } = database;
    const now: StoreState = {
      ...done.state,
      unsettled_traces: settler.waiting(),
      set_aside_traces: settler.set_aside(),
    };
    post({ type: 'committed', generation, bytes, spans, state: now });
  };
  /** One round; a round that fails is tried again later and does not stop loading. */
  const settle = async (everything: boolean): Promise<boolean> => {
    if (database.settler.due_in_ms() === null) return false;
    if (!everything && (database.settler.due_in_ms() ?? 0) > 0) return false;
    const settled = await database.settler.round(everything);
    if (settled) {
      dirty = true;
      post({ type: 'state', state: await state() });
    }
    return settled;
  };
  const ruleWaiting = async (): Promise<void> => {
    if (to_rule === null) return;
    const { rulings, written } = to_rule;
    to_rule = null;
    ruled = rulings;
    try {
      await database.loader.rule(rulings);
      dirty = true;
      post({ type: 'state', state: await state() });
      written.resolve();
    } catch (error) {
      written.reject(error);
    }
  };
  const reopen = async (): Promise<void> => {
    gathering.drop();
    since = null;
    generation += 1;
    before_reopening();
    database.close();
    for (;;) {
      try {
        database = await open();
        if (ruled !== null) await database.loader.rule(ruled);
        await reopened(database);
        post({ type: 'reset', generation, state: await state() });
        return;
      } catch (error) {
        log.error('the database does not open', { error: String(error) });
        if (closing) return;
        await delay(REOPEN_EVERY_MS);
      }
    }
  };
  const turn = async (): Promise<void> => {
    for (;;) {
      await ruleWaiting();
      const committing = due();
      try {
        if (committing) await commit();
      } catch (error) {
        log.error('a commit failed', { error: String(error) });
        await delay(REOPEN_EVERY_MS);
        await reopen();
        if (closing) return;
      }
      const settled = closing ? false : await settleSafely();
      if (!committing && !settled && !due() && to_rule === null) return;
    }
  };
  const settleSafely = async (): Promise<boolean> => {
    try {
      return await settle(false);
    } catch (error) {
      log.error('a settle failed', { error: String(error) });
      return false;
    }
  };
  const wake = (): void => {
    if (running !== null) return;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    running = turn().finally(() => {
      running = null;
      if (to_rule !== null) wake();
      else if (!closing) rest();
    });
  };
  /** Sleeps until the next commit, settle or checkpoint is due. */
  const rest = (): void => {
    const commit_in =
      since === null ? Infinity : Math.max(0, since + tuning.commit_every_ms - clock());
    const settle_in = database.settler.due_in_ms() ?? Infinity;
    const next = Math.min(commit_in, settle_in);
    if (next < IDLE_MS) timer = setTimeout(wake, next);
    else if (dirty) timer = setTimeout(() => void idle(), IDLE_MS);
    else if (next < Infinity) timer = setTimeout(wake, next);
  };
  const idle = async (): Promise<void> => {
    dirty = false;
    running ??= database
      .setBusy(false)
      .then(() => database.checkpoint())
      .catch((error: unknown) => log.info('no checkpoint now', { error: String(error) }))
      .finally(() => {
        running = null;
        wake();
      });
    await running;
  };
  const stop = async (): Promise<void> => {
    while (running !== null) await running;
  };

  return {
    state,
    generation: () => generation,
    take(handed) {
      if (handed.generation !== generation) return;
      const bytes = gathering.take(handed);
      if (bytes > 0) post({ type: 'told', generation, bytes });
      since ??= clock();
      if (handed.type === 'grants') urgent = true;
      if (due()) wake();
      else if (running === null) {
        if (timer !== null) clearTimeout(timer);
        rest();
      }
    },
    commitNow() {
      if (gathering.isEmpty()) return;
      urgent = true;
      wake();
    },
    async settleAll() {
      while (!gathering.isEmpty() || running !== null) {
        urgent = true;
        wake();
        await stop();
      }
      for (let rounds = 0; rounds < SETTLE_ROUNDS_MAX; rounds += 1) {
        while (running !== null) await running;
        let settled = false;
        running = ruleWaiting()
          .then(() => settle(true))
          .then((done) => {
            settled = done;
          })
          .finally(() => {
            running = null;
          });
        await running;
        if (!settled) break;
      }
      wake();
    },
    rule(rulings) {
      const written = to_rule?.written ?? Promise.withResolvers<void>();
      to_rule = { rulings, written };
      wake();
      return written.promise;
    },
    async close() {
      await stop();
      urgent = true;
      closing = true;
      if (timer !== null) clearTimeout(timer);
      wake();
      await stop();
    },
    closeDatabase: () => database.close(),
  };
};
