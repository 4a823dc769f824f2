// The store as the main thread sees it: questions go to the thread that owns the engine, answers are kept until the next commit.
import type { AppError } from '../errors.ts';
import { createAnswerCache } from './cache.ts';
import { toldError, type Answer, type Question, type StoreState } from './messages.ts';
import type { Ask, ImportedGrants, Row, Store } from './store.ts';

/** The store with what is known here without asking. */
export interface LocalStore extends Store {
  /** Number of commits so far: answers change with it. */
  commits(): number;
  state(): Promise<StoreState>;
  /** An answer of the engine's thread. */
  receive(answer: Answer): void;
  /** The engine's thread is gone: whatever waits fails, and so does what is asked later. */
  fail(error: AppError): void;
}

interface Waiting {
  resolve: (rows: Row[] | null) => void;
  reject: (error: AppError) => void;
}

export const createLocalStore = ({
  state: opened,
  post,
  putGrants,
  close,
}: {
  state: StoreState;
  post: (question: Question) => void;
  putGrants: (grants: ImportedGrants) => Promise<void>;
  close: () => Promise<void>;
}): LocalStore => {
  let state = opened;
  let gone: AppError | null = null;
  let last_id = 0;
  const waiting = new Map<number, Waiting>();
  const cache = createAnswerCache();

  const send = (question: Question): Promise<Row[] | null> =>
    new Promise((resolve, reject) => {
      if (gone !== null) {
        reject(gone);
        return;
      }
      waiting.set(question.id, { resolve, reject });
      post(question);
    });
  const nextId = (): number => (last_id += 1);
  const askOnce = async (ask: Ask): Promise<Row[]> =>
    (await send({ type: 'ask', id: nextId(), ask })) ?? [];

  async function* stream(ask: Ask): AsyncGenerator<Row[]> {
    if (gone !== null) throw gone;
    const id = nextId();
    post({ type: 'stream', id, ask });
    try {
      for (;;) {
        const rows = await send({ type: 'more', id });
        if (rows === null) return;
        yield rows;
      }
    } finally {
      post({ type: 'leave', id });
    }
  }
  return {
    ask: (ask) => cache.through(ask, state.commits, () => askOnce(ask)),
    stream,
    putGrants,
    commits: () => state.commits,
    state: () => (gone === null ? Promise.resolve({ ...state }) : Promise.reject(gone)),
    async settleAll() {
      await send({ type: 'settle_all', id: nextId() });
    },
    async snapshot({ workspace, folder }) {
      await send({ type: 'snapshot', id: nextId(), workspace, folder });
    },
    async putRulings(rulings) {
      await send({ type: 'rulings', id: nextId(), rulings });
    },
    close,
    receive(answer) {
      if (answer.type === 'state') {
        state = answer.state;
        return;
      }
      const waiter = waiting.get(answer.id);
      waiting.delete(answer.id);
      if (answer.type === 'failed') waiter?.reject(toldError(answer.error));
      else waiter?.resolve(answer.rows);
    },
    fail(error) {
      gone = error;
      for (const { reject } of waiting.values()) reject(error);
      waiting.clear();
    },
  };
};
