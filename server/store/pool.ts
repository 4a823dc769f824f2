// The connections that questions are asked on: each one at a time, and one kept for questions about one thing.
import { AppError } from '../errors.ts';
import type { DuckDBConnection, Engine } from './duckdb.ts';
import type { Param } from './store.ts';

/** Each running question holds a thread of the pool that config.ts sizes, and works on all cores that are free. */
const WIDE_MAX = 2;
/** So many more than that: questions about one thing take milliseconds and never wait behind two that take seconds. */
const NARROW_ONLY = 1;
/** Questions that wait for a connection; more than this only time out later. */
const WAITING_MAX = 256;

/** What is asked, and until when it may wait. */
export interface Turn {
  name: string;
  /** About one agent, session or trace. */
  narrow: boolean;
  /** On the pool's clock. */
  deadline: number;
}

export interface Pool {
  /** Lets `use` have a connection. Throws AppError `query_timeout` where none comes free in time, or `overloaded`. */
  with(turn: Turn, use: (connection: DuckDBConnection) => Promise<void>): Promise<void>;
  /** Connections to another engine; those before are given up. */
  fill(engine: Engine): Promise<void>;
  empty(): void;
}

/** Whether these parameters name the one agent, session or trace that is asked about. */
export const isNarrow = (params: Readonly<Record<string, Param>>): boolean =>
  NARROW.some((name) => {
    const value = params[name];
    return typeof value === 'string' && !MANY.test(value);
  });
const NARROW = ['agent', 'session', 'trace_id'];
/** Lists come as JSON; this is one of several items, or of none. */
const MANY = /^\[(?:\]|"(?:[^"\\]|\\.)*",)/;

interface Waiter {
  narrow: boolean;
  wake: () => void;
}

export const createPool = (clock: () => number): Pool => {
  let free: DuckDBConnection[] = [];
  let all: DuckDBConnection[] = [];
  let wide = 0;
  const waiting: Waiter[] = [];
  const mayStart = ({ narrow }: { narrow: boolean }): boolean =>
    free.length > 0 && (narrow || wide < WIDE_MAX);
  const wakeNext = (): void => {
    const next = waiting.findIndex(mayStart);
    if (next >= 0) waiting.splice(next, 1)[0]?.wake();
  };
  /** Until it may try again; false where its time is up. */
  const wait = ({ narrow, deadline }: Turn): Promise<boolean> =>
    new Promise((resolve) => {
      const waiter: Waiter = {
        narrow,
        wake: () => {
          clearTimeout(timer);
          resolve(true);
        },
      };
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(waiter), 1);
          resolve(false);
        },
        Math.max(0, deadline - clock()),
      );
      waiting.push(waiter);
    });
  const take = async (turn: Turn): Promise<DuckDBConnection> => {
    for (;;) {
      const connection = mayStart(turn) ? free.pop() : undefined;
      if (connection !== undefined) {
        if (!turn.narrow) wide += 1;
        return connection;
      }
      if (waiting.length >= WAITING_MAX) throw new AppError('overloaded', 'too many questions');
      if (!(await wait(turn))) {
        const { name } = turn;
        throw new AppError('query_timeout', `query ${name} waited too long`, { query: name });
      }
    }
  };
  const empty = (): void => {
    for (const connection of all) {
      connection.interrupt();
      connection.closeSync();
    }
    all = [];
    free = [];
  };
  return {
    empty,
    async fill(engine) {
      empty();
      const wanted = Array.from({ length: WIDE_MAX + NARROW_ONLY }, () => engine.connect());
      all = await Promise.all(wanted);
      free = [...all];
      for (const { wake } of waiting.splice(0)) wake();
    },
    async with(turn, use) {
      const connection = await take(turn);
      try {
        await use(connection);
      } finally {
        if (!turn.narrow) wide -= 1;
        if (all.includes(connection)) free.push(connection);
        wakeNext();
      }
    },
  };
};
