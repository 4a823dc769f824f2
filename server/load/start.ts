// Starts everything between an accepted request and an answered question: the journal, the engine's thread, pipeline and store.
import { createHmac, randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { openJournal, type Journal } from '../journal/journal.ts';
import type { LogSink } from '../model/log.ts';
import { toldError, type StoreState } from '../store/messages.ts';
import { createLocalStore, type LocalStore } from '../store/proxy.ts';
import {
  TUNING,
  type FromWorker,
  type ToWorker,
  type Tuning,
  type WorkerOptions,
} from './messages.ts';
import { watchDisk, type DiskWatch } from './disk.ts';
import { LIMITS, createPipeline, type Limits, type Pipeline } from './pipeline.ts';
import { createRecordReader } from './record.ts';

export interface Loading {
  journal: Journal;
  pipeline: Pipeline;
  store: LocalStore;
  /** A key of this folder for one purpose: always the same, and telling nothing of the others. */
  keyFor(purpose: string): Uint8Array;
  /** Loads what is acknowledged, then ends the thread and gives the folder free. */
  close(): Promise<void>;
}

/** An orderly end loads what waits, but a disk that is full must not hold it up. */
const DRAIN_MS = 10_000;
const KEY_BYTES = 32;

/**
 * Opens the data folder, made where it is missing; loading of what the journal holds and the store does not
 * goes on behind. Throws AppError `locked` or `store_unavailable`.
 */
export const startLoading = async ({
  folder,
  log,
  tuning = {},
  limits = {},
  segment_bytes,
}: {
  folder: string;
  log: LogSink;
  tuning?: Partial<Tuning>;
  limits?: Partial<Limits>;
  segment_bytes?: number;
}): Promise<Loading> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const journal = await openJournal({
    folder,
    log,
    ...(segment_bytes === undefined ? {} : { segment_bytes }),
  });
  try {
    const pseudonym_key = await readKey(join(folder, 'pseudonym.key'));
    const options = { folder, pseudonym_key, tuning: { ...TUNING, ...tuning } };
    const all_limits = { ...LIMITS, ...limits };
    const { free_bytes_min } = all_limits;
    const disk = await watchDisk({ folder, free_bytes_min, log });
    const started = await startWorker(options, log);
    const keyFor = (purpose: string): Uint8Array =>
      Uint8Array.from(createHmac('sha256', pseudonym_key).update(purpose).digest());
    return { ...assemble({ journal, disk, ...started, limits: all_limits, log }), keyFor };
  } catch (error) {
    await journal.close();
    throw error;
  }
};

const assemble = ({
  journal,
  disk,
  worker,
  state,
  generation,
  limits,
  log,
}: {
  journal: Journal;
  disk: DiskWatch;
  worker: Worker;
  state: StoreState;
  generation: number;
  limits: Limits;
  log: LogSink;
}): Omit<Loading, 'keyFor'> => {
  const post = (message: ToWorker, transfer: ArrayBuffer[] = []): void =>
    worker.postMessage(message, transfer);
  const read = createRecordReader({ log });
  const pipeline = createPipeline({ journal, disk, post, state, generation, read, limits, log });
  const closing = once(async (): Promise<void> => {
    const late = new Promise<void>((resolve) => setTimeout(resolve, DRAIN_MS).unref());
    await Promise.race([pipeline.drain().catch(() => undefined), late]);
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    post({ type: 'close' });
    await ended;
    disk.close();
    await journal.close();
  });
  const store = createLocalStore({
    state,
    post,
    putGrants: (grants) => pipeline.putGrants(grants),
    close: closing,
  });
  worker.on('message', (message: FromWorker) => {
    switch (message.type) {
      case 'log':
        log[message.level](message.message, message.data);
        break;
      case 'committed':
      case 'reset':
        store.receive({ type: 'state', state: message.state });
        pipeline.receive(message);
        break;
      case 'told':
        pipeline.receive(message);
        break;
      case 'rows':
      case 'piece':
      case 'failed':
      case 'state':
        store.receive(message);
        break;
      case 'ready':
      case 'not_opened':
      case 'closed':
    }
  });
  const gone = (error: AppError): void => {
    pipeline.fail(error);
    store.fail(error);
  };
  worker.on('error', (cause: unknown) => {
    log.error('the thread of the engine failed', { error: String(cause) });
    gone(new AppError('store_unavailable', 'the thread of the engine failed', { cause }));
  });
  worker.on('exit', () => gone(new AppError('store_unavailable', 'the store is closed')));
  return { journal, pipeline, store, close: closing };
};

const startWorker = async (options: WorkerOptions, log: LogSink) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: options,
    // Flags of the main thread's own start, a test runner's for one, are not this thread's.
    execArgv: [],
  });
  return new Promise<{ worker: Worker; state: StoreState; generation: number }>(
    (resolve, reject) => {
      worker.once('error', reject);
      const listen = (message: FromWorker): void => {
        if (message.type === 'log') {
          log[message.level](message.message, message.data);
          return;
        }
        worker.off('message', listen);
        worker.off('error', reject);
        if (message.type === 'ready') {
          resolve({ worker, state: message.state, generation: message.generation });
        } else if (message.type === 'not_opened') reject(toldError(message.error));
      };
      worker.on('message', listen);
    },
  );
};

/** The key of this folder's pseudonyms, made at first start: without it people cannot be told from their hashes. */
const readKey = async (path: string): Promise<Uint8Array> => {
  try {
    await writeFile(path, randomBytes(KEY_BYTES), { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const key = await readFile(path);
  if (key.length === KEY_BYTES) return Uint8Array.from(key);
  throw new AppError('config_invalid', `${path} must hold ${KEY_BYTES} bytes`);
};

const once = (run: () => Promise<void>): (() => Promise<void>) => {
  let running: Promise<void> | null = null;
  return () => (running ??= run());
};
