// The load loop: gathers records into commits, settles between them, and opens the database again when it fails.
import { setTimeout as delay } from 'node:timers/promises';
import type { Facts } from '../facts/facts.ts';
import type { LogSink } from '../model/log.ts';
import type { JournalPosition } from '../model/rows.ts';
import type { StoreState } from '../store/messages.ts';
import type { ImportedGrants, Load } from '../store/store.ts';
import type { Database } from './database.ts';
import type { FromWorker, Handed, Tuning } from './messages.ts';

export interface LoadLoop {
  take(handed: Handed): void;
  /** Commits what is gathered without waiting for more. */
  commitNow(): void;
  /** Resolves when everything taken so far is committed and settled. */
  settleAll(): Promise<void>;
  state(): Promise<StoreState>;
  generation(): number;
  /** Commits what is gathered and stops. */
  close(): Promise<void>;
  closeDatabase(): void;
}

interface Gathered {
  load: Load | null;
  grants: ImportedGrants | null;
  next: JournalPosition;
  bytes: number;
}

/** Quiet for this long means idle: then a checkpoint disturbs nobody. */
const IDLE_MS = 5000;
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
  let gathered: Gathered[] = [];
  let rows = 0;
  let since: number | null = null;
  let urgent = false;
  let dirty = false;
  let running: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let closing = false;

  const state = async (): Promise<StoreState> => ({
    ...(await database.loader.state()),
    unsettled_traces: database.settler.waiting(),
    set_aside_traces: database.settler.set_aside(),
  });
  const due = (): boolean =>
    gathered.length > 0 &&
    (urgent || rows >= tuning.commit_rows || clock() - (since ?? 0) >= tuning.commit_every_ms);

  const commit = async (): Promise<void> => {
    const taken = takeCommit(gathered, tuning.commit_rows);
    const loads = taken.flatMap(({ load }) => load ?? []);
    const grants = taken.flatMap((one) => one.grants ?? []);
    const last = taken.at(-1);
    if (last === undefined) return;
    const spans = loads.reduce((sum, load) => sum + load.facts.length, 0);
    rows -= spans;
    since = gathered.length > 0 ? clock() : null;
    if (gathered.length === 0) urgent = false;
    const done = await database.loader.commit({ loads, grants, next: last.next });
    dirty = true;
    database.settler.loaded(done.traces);
    const { settler } = database;
    const bytes = taken.reduce((sum, one) => sum + one.bytes, 0);
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
  const reopen = async (): Promise<void> => {
    gathered = [];
    rows = 0;
    since = null;
    generation += 1;
    before_reopening();
    database.close();
    for (;;) {
      try {
        database = await open();
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
      if (!committing && !settled && !due()) return;
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
      if (!closing) rest();
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
      .checkpoint()
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
      const one = gather(handed, facts, log);
      gathered.push(one);
      rows += one.load?.facts.length ?? 0;
      since ??= clock();
      if (one.grants !== null) urgent = true;
      if (due()) wake();
      else if (running === null) {
        if (timer !== null) clearTimeout(timer);
        rest();
      }
    },
    commitNow() {
      if (gathered.length === 0) return;
      urgent = true;
      wake();
    },
    async settleAll() {
      while (gathered.length > 0 || running !== null) {
        urgent = true;
        wake();
        await stop();
      }
      for (let rounds = 0; rounds < SETTLE_ROUNDS_MAX; rounds += 1) {
        while (running !== null) await running;
        let settled = false;
        running = settle(true)
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

/** Takes whole records off the front until a commit is full. */
const takeCommit = (gathered: Gathered[], commit_rows: number): Gathered[] => {
  let rows = 0;
  let count = 0;
  for (const { load } of gathered) {
    count += 1;
    rows += load?.facts.length ?? 0;
    if (rows >= commit_rows) break;
  }
  return gathered.splice(0, count);
};

const gather = (handed: Handed, facts: Facts, log: LogSink): Gathered => {
  const { next, bytes } = handed;
  if (handed.type === 'grants') return { load: null, grants: handed.grants, next, bytes };
  if (handed.type === 'nothing') return { load: null, grants: null, next, bytes };
  const { workspace, position, received_at, attested, batch } = handed;
  try {
    const index = batch.index;
    const load = { workspace, position, next, received_at, attested, facts: facts(batch), index };
    return { load, grants: null, next, bytes };
  } catch (error) {
    // What is in the journal can be loaded by a later version; one record must not hold up all others.
    log.error('a record tells no facts', { ...position, error: String(error) });
    return { load: null, grants: null, next, bytes };
  }
};
