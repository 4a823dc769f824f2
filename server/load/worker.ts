// The thread that owns the engine: facts, commits, settling and answers; started by start.ts, spoken to in messages only.
import { createHmac } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { createFacts } from '../facts/facts.ts';
import type { LogSink } from '../model/log.ts';
import { tellError } from '../store/messages.ts';
import { readAll } from '../store/query.ts';
import { createAnswers } from '../store/serve.ts';
import { createLoadLoop } from './loop.ts';
import type { FromWorker, LogLine, ToWorker, WorkerOptions } from './messages.ts';
import { openDatabase } from './database.ts';

/** 64 bits of a keyed hash tell the people of one organisation apart. */
const PSEUDONYM_DIGITS = 16;

const run = async (port: NonNullable<typeof parentPort>, options: WorkerOptions): Promise<void> => {
  const post = (message: FromWorker): void => port.postMessage(message);
  const log = logThrough(post);
  const clock = () => performance.now();
  const pseudonym = (id: string): string =>
    createHmac('sha256', options.pseudonym_key).update(id).digest('hex').slice(0, PSEUDONYM_DIGITS);
  const open = () => openDatabase({ ...options, clock, log });
  const database = await open();
  const answers = await createAnswers({
    engine: database.engine,
    catalogue: readAll(),
    clock,
    post,
  });
  const loop = createLoadLoop({
    database,
    open,
    reopened: ({ engine }) => answers.use(engine),
    before_reopening: () => answers.close(),
    facts: createFacts({ pseudonym }),
    tuning: options.tuning,
    clock,
    log,
    post,
  });
  port.on('message', (message: ToWorker) => {
    switch (message.type) {
      case 'spans':
      case 'grants':
      case 'nothing':
        loop.take(message);
        break;
      case 'commit':
        loop.commitNow();
        break;
      case 'settle_all':
        loop.settleAll().then(
          () => post({ type: 'rows', id: message.id, rows: [] }),
          (error: unknown) => post({ type: 'failed', id: message.id, error: tellError(error) }),
        );
        break;
      case 'rulings':
        loop.rule(message.rulings).then(
          () => post({ type: 'rows', id: message.id, rows: [] }),
          (error: unknown) => post({ type: 'failed', id: message.id, error: tellError(error) }),
        );
        break;
      case 'close':
        void loop.close().finally(() => {
          answers.close();
          loop.closeDatabase();
          post({ type: 'closed' });
          port.close();
        });
        break;
      default:
        answers.take(message);
    }
  });
  post({ type: 'ready', generation: loop.generation(), state: await loop.state() });
};

const logThrough = (post: (message: FromWorker) => void): LogSink => {
  const at =
    (level: 'info' | 'warn' | 'error') =>
    (message: string, data: LogLine = {}) =>
      post({ type: 'log', level, message, data });
  return { info: at('info'), warn: at('warn'), error: at('error') };
};

if (parentPort === null) throw new AppError('internal', 'this file runs as a thread');
const port = parentPort;
run(port, workerData as WorkerOptions).catch((error: unknown) => {
  const message: FromWorker = { type: 'not_opened', error: tellError(error) };
  port.postMessage(message);
  port.close();
});
