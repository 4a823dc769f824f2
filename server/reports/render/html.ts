// A run as one HTML page: drawn in a thread of its own by the dashboard's components.
import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import { viewOf } from '../../../web/report/view.ts';
import type { KeptRun } from '../kept.ts';

/** Compiling the components takes some 300 ms. */
const TIMEOUT_MS = 20_000;

export const toHtml = (run: KeptRun): Promise<string> => {
  const worker = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: viewOf(run),
    execArgv: [],
    env: {},
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      void worker.terminate();
      reject(new AppError('internal', 'the page took too long to draw'));
    }, TIMEOUT_MS);
    const failed = (cause: unknown): void => {
      clearTimeout(late);
      reject(new AppError('internal', 'the page could not be drawn', { cause }));
    };
    worker.once('message', (html: string) => {
      clearTimeout(late);
      resolve(html);
    });
    worker.once('error', failed);
    worker.once('exit', () => failed(new Error('the thread ended without a page')));
  });
};
