// Settling: which traces are due when, and rounds of sql/settle over them, each in one transaction.
import type { LogSink } from '../model/log.ts';
import { textOf } from './cells.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import type { SqlFile } from './query.ts';
import type { Statements } from './statements.ts';
import type { RowOf } from '../model/table.ts';
import { PICKED_TRACES } from './tables.ts';
import { createWriters } from './write.ts';

export type PickedTrace = RowOf<typeof PICKED_TRACES>;

export interface Settler {
  /** Spans of these traces were committed. */
  loaded(traces: readonly PickedTrace[]): void;
  /** Settles one round of what is due, or of all there is; false where nothing was. */
  round(everything: boolean): Promise<boolean>;
  /** Milliseconds until something is due, null where nothing waits. */
  due_in_ms(): number | null;
  /** Traces loaded and not settled. */
  waiting(): number;
  /** Of them those that fail to settle: they are tried again now and then, each alone. */
  set_aside(): number;
}

/** Traces of a round: what a full commit brings of traces with eight spans, so that settling keeps up with loading. */
const ROUND_TRACES_MAX = 16_384;
/** A trace that was settled and grows is settled again after this, and then after twice as long each time … */
const AGAIN_FIRST_MS = 1000;
/** … up to this: a long task is looked at twice a minute. */
const AGAIN_MAX_MS = 30_000;
/** A trace untouched for as long counts as new: its late span shows at once. */
const FORGET_MS = 60_000;
/** Settled traces remembered for that; beyond it the oldest are forgotten and settle at once when they grow. */
const REMEMBERED_MAX = 100_000;
/** A round that takes longer holds up the commits behind it, which is worth a line in the log. */
const SLOW_MS = 5000;
/** A round that failed for no trace of its own, for want of disk or memory, is tried again after this. */
const RETRY_MS = 10_000;
/** A trace that fails alone is tried again after this: an upgrade or its late spans may mend it. */
const ASIDE_MS = 600_000;
/** Tries of one round that may fail: finding one trace among all takes 15, and commits wait behind the round. */
const FAILURES_MAX = 40;

interface Known {
  wait_ms: number;
  settled_at: number;
}

/** Continues with everything that a process before left unsettled. */
export const openSettler = async ({
  connection,
  statements,
  files,
  clock,
  log,
}: {
  connection: DuckDBConnection;
  statements: Statements;
  /** The files of sql/settle in their order. */
  files: readonly SqlFile[];
  /** Milliseconds that only go forward. */
  clock: () => number;
  log: LogSink;
}): Promise<Settler> => {
  const due = createDue(clock);
  const write = createWriters(connection);
  const list = async (statement: string): Promise<PickedTrace[]> =>
    (await askAll({ connection, question: statements(statement), params: {} })).map((row) => ({
      workspace: textOf(row, 'workspace'),
      trace_id: textOf(row, 'trace_id'),
    }));
  due.add(await list('list_pending'));

  const settle = async (picked: readonly PickedTrace[]): Promise<PickedTrace[]> => {
    await connection.run('begin');
    try {
      await write.rows('picked_traces', PICKED_TRACES, picked);
      await runAll(connection, statements('begin_settle').text);
      for (const { text } of files) await runAll(connection, text);
      const next = await list('list_settle_next');
      await runAll(connection, statements('end_settle').text);
      await runAll(connection, statements('count_settle').text);
      await connection.run('commit');
      return next;
    } catch (error) {
      await connection.run('rollback').catch(() => undefined);
      throw error;
    }
  };
  /** Settles what it can of a round that failed; traces that fail alone are set aside, what is left comes next. */
  const narrow = async (picked: readonly PickedTrace[], first_error: unknown): Promise<void> => {
    const groups = [picked];
    let error = first_error;
    for (let failures = 1; groups.length > 0 && failures <= FAILURES_MAX;) {
      const group = groups.pop() ?? [];
      const failed =
        group === picked ||
        (await settle(group).then(
          (next) => {
            due.settled(group);
            due.add(next);
            return false;
          },
          (cause: unknown) => {
            error = cause;
            return true;
          },
        ));
      if (!failed) continue;
      failures += 1;
      const [trace] = group;
      if (group.length > 1) groups.push(...halves(group));
      else if (trace !== undefined && due.setAside(trace)) {
        const { workspace, trace_id } = trace;
        log.error('a trace cannot be settled', { workspace, trace_id, error: String(error) });
      }
    }
    due.putBack(groups.flat(), 0);
  };
  return {
    loaded: (traces) => due.add(traces),
    due_in_ms: () => due.in_ms(),
    waiting: () => due.count(),
    set_aside: () => due.aside(),
    async round(everything) {
      const picked = due.take(everything);
      if (picked.length === 0) return false;
      const began = clock();
      try {
        const next = await settle(picked);
        due.settled(picked);
        due.add(next);
        const ms = clock() - began;
        if (ms > SLOW_MS) log.warn('a settle was slow', { traces: picked.length, ms });
        return true;
      } catch (error) {
        // Where even nothing fails to settle it is no trace's fault.
        const fault = await settle([]).then(
          () => null,
          (again: unknown) => ({ again }),
        );
        if (fault !== null) {
          due.putBack(picked, RETRY_MS);
          throw error;
        }
        await narrow(picked, error);
        return true;
      }
    },
  };
};

const halves = (traces: readonly PickedTrace[]): (readonly PickedTrace[])[] => {
  const middle = traces.length >> 1;
  return [traces.slice(0, middle), traces.slice(middle)];
};

/** When each waiting trace is due, and how long those settled before are made to wait. */
const createDue = (clock: () => number) => {
  const waiting = new Map<string, { trace: PickedTrace; due_at: number }>();
  const known = new Map<string, Known>();
  const aside = new Map<string, { trace: PickedTrace; due_at: number }>();
  const keyOf = ({ workspace, trace_id }: PickedTrace) => `${workspace}/${trace_id}`;
  return {
    count: () => waiting.size + aside.size,
    aside: () => aside.size,
    add(traces: readonly PickedTrace[]): void {
      const now = clock();
      for (const { workspace, trace_id } of traces) {
        const trace = { workspace, trace_id };
        const key = keyOf(trace);
        if (waiting.has(key)) continue;
        const failed = aside.get(key);
        if (failed !== undefined) {
          failed.due_at = now;
          continue;
        }
        const before = known.get(key);
        const recent = before !== undefined && now - before.settled_at < FORGET_MS;
        if (!recent) known.delete(key);
        waiting.set(key, { trace, due_at: recent ? now + before.wait_ms : now });
      }
    },
    take(everything: boolean): PickedTrace[] {
      const now = clock();
      const picked: PickedTrace[] = [];
      for (const [key, { trace, due_at }] of waiting) {
        if (!everything && due_at > now) continue;
        picked.push(trace);
        waiting.delete(key);
        if (picked.length === ROUND_TRACES_MAX) break;
      }
      if (picked.length > 0) return picked;
      const failed = [...aside.values()].find(({ due_at }) => due_at <= now);
      return failed === undefined ? [] : [failed.trace];
    },
    settled(traces: readonly PickedTrace[]): void {
      const settled_at = clock();
      for (const trace of traces) {
        const key = keyOf(trace);
        const before = known.get(key);
        const wait_ms =
          before === undefined ? AGAIN_FIRST_MS : Math.min(before.wait_ms * 2, AGAIN_MAX_MS);
        known.delete(key);
        known.set(key, { wait_ms, settled_at });
        aside.delete(key);
      }
      for (const key of known.keys()) {
        if (known.size <= REMEMBERED_MAX) break;
        known.delete(key);
      }
    },
    putBack(traces: readonly PickedTrace[], after_ms: number): void {
      const due_at = clock() + after_ms;
      for (const trace of traces) {
        const key = keyOf(trace);
        (aside.has(key) ? aside : waiting).set(key, { trace, due_at });
      }
    },
    /** False where it was aside before. */
    setAside(trace: PickedTrace): boolean {
      const key = keyOf(trace);
      const is_new = !aside.has(key);
      aside.set(key, { trace, due_at: clock() + ASIDE_MS });
      return is_new;
    },
    in_ms(): number | null {
      let first = Infinity;
      for (const { due_at } of waiting.values()) first = Math.min(first, due_at);
      for (const { due_at } of aside.values()) first = Math.min(first, due_at);
      return first === Infinity ? null : Math.max(0, first - clock());
    },
  };
};
