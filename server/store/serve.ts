// Answers questions beside the loader: some connections of their own, a deadline each, exports piece by piece.
import { AppError } from '../errors.ts';
import { askAll, askPieces, type Engine } from './duckdb.ts';
import { tellError, type Answer, type Question } from './messages.ts';
import { createPool, isNarrow } from './pool.ts';
import type { Catalogue, Query } from './query.ts';
import { writeSnapshot } from './snapshot.ts';
import type { Ask, Row } from './store.ts';

export interface Answers {
  take(question: Exclude<Question, { type: 'settle_all' | 'rulings' }>): void;
  /** The engine was opened again: open questions have failed, new ones go to the new one. */
  use(engine: Engine): Promise<void>;
  close(): void;
}

/** Exports wait for their readers without holding a thread, but each keeps a snapshot alive. */
const STREAMS_MAX = 4;
/** Deadline of the design for a question. */
const TIMEOUT_MS = 10_000;

export const createAnswers = async ({
  engine: first,
  catalogue,
  clock,
  post,
}: {
  engine: Engine;
  catalogue: Catalogue;
  /** Milliseconds that only go forward. */
  clock: () => number;
  post: (answer: Answer) => void;
}): Promise<Answers> => {
  let engine = first;
  const pool = createPool(clock);
  await pool.fill(engine);
  const streams = new Map<number, AsyncGenerator<Row[]>>();
  const fail = (id: number, error: unknown) =>
    post({ type: 'failed', id, error: tellError(error) });

  const answer = async (id: number, ask: Ask): Promise<void> => {
    const question = find(catalogue, ask);
    const deadline = clock() + (ask.timeout_ms ?? TIMEOUT_MS);
    const turn = { name: question.name, narrow: isNarrow(ask.params), deadline };
    await pool.with(turn, async (connection) => {
      const timeout_ms = Math.max(1, deadline - clock());
      const rows = await askAll({ connection, question, params: ask.params, timeout_ms });
      post({ type: 'rows', id, rows });
    });
  };
  const more = async (id: number): Promise<void> => {
    const stream = streams.get(id);
    if (stream === undefined) return;
    const piece = await stream.next();
    if (piece.done !== true) {
      post({ type: 'piece', id, rows: piece.value });
      return;
    }
    streams.delete(id);
    post({ type: 'piece', id, rows: null });
  };
  const leave = async (id: number): Promise<void> => {
    const stream = streams.get(id);
    streams.delete(id);
    await stream?.return(undefined);
  };
  const snapshot = async (id: number, told: { workspace: string; folder: string }) => {
    const connection = await engine.connect();
    try {
      await writeSnapshot({ connection, ...told });
    } finally {
      connection.closeSync();
    }
    post({ type: 'rows', id, rows: [] });
  };
  const start = (id: number, ask: Ask): void => {
    const question = find(catalogue, ask);
    if (streams.size >= STREAMS_MAX) throw new AppError('overloaded', 'too many exports at once');
    streams.set(id, streamOf(engine, question, ask));
  };
  return {
    take(question) {
      const { id } = question;
      const done = async (): Promise<void> => {
        if (question.type === 'ask') await answer(id, question.ask);
        else if (question.type === 'stream') start(id, question.ask);
        else if (question.type === 'snapshot') await snapshot(id, question);
        else if (question.type === 'more') await more(id);
        else await leave(id);
      };
      done().catch((error: unknown) => {
        streams.delete(id);
        fail(id, error);
      });
    },
    async use(opened) {
      engine = opened;
      streams.clear();
      await pool.fill(opened);
    },
    close() {
      streams.clear();
      pool.empty();
    },
  };
};

const find = (catalogue: Catalogue, { name }: Ask): Query => {
  const query = catalogue.get(name);
  if (query === undefined) throw new AppError('unknown_query', `there is no query "${name}"`);
  return query;
};

async function* streamOf(engine: Engine, question: Query, ask: Ask): AsyncGenerator<Row[]> {
  const connection = await engine.connect();
  try {
    const { params, timeout_ms = TIMEOUT_MS } = ask;
    yield* askPieces({ connection, question, params, timeout_ms });
  } finally {
    connection.closeSync();
  }
}
