// Runs a user's SQL in a process that can be killed: at its deadline, and where it takes more memory than it may.
import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { AppError, type ErrorCode } from '../errors.ts';
import type { Param, Row } from '../store/store.ts';

export interface SandboxRun {
  snapshot: string;
  params: Record<string, Param>;
  rows_max: number;
  bytes_max: number;
}

export interface Sandbox {
  /** Null for what is fine, else what is wrong with the statement. Throws where it could not be found out, as AppError `query_timeout`. */
  check(report: { name: string; text: string }): Promise<string | null>;
  /** Throws AppError `bad_request`, `query_timeout` or `too_large`. */
  run(report: { name: string; text: string }, run: SandboxRun): Promise<Row[]>;
}

/** Opening the schema takes some 200 ms; a statement that cannot be checked in this time is not worth it. */
const CHECK_TIMEOUT_MS = 10_000;
/** These say nothing of the statement: a busy machine takes long too. */
const NO_FAULT: readonly ErrorCode[] = ['internal', 'query_timeout'];
const RUN_TIMEOUT_MS = 30_000;
/** The engine's 512 MB, Node, and what a function builds beside the engine's own account before it is seen. */
const RSS_MAX_BYTES = 1024 * 1024 * 1024;
/** How often the memory is looked at: at some GB/s a process cannot take the machine's between two looks. */
const WATCH_MS = 50;
/** An answer is the rows kept and their names. */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;
const PAGE_BYTES = 4096;

const CHILD = fileURLToPath(new URL('../store/sandbox.ts', import.meta.url));

interface Limits {
  check_timeout_ms: number;
  run_timeout_ms: number;
  rss_max_bytes: number;
}

export const createSandbox = ({
  check_timeout_ms = CHECK_TIMEOUT_MS,
  run_timeout_ms = RUN_TIMEOUT_MS,
  rss_max_bytes = RSS_MAX_BYTES,
}: Partial<Limits> = {}): Sandbox => ({
  async check({ name, text }) {
    try {
      await ask({ name, text, run: null }, check_timeout_ms, rss_max_bytes);
      return null;
    } catch (error) {
      if (error instanceof AppError && !NO_FAULT.includes(error.code)) return error.message;
      throw error;
    }
  },
  run: ({ name, text }, run) => ask({ name, text, run }, run_timeout_ms, rss_max_bytes),
});

const ask = async (
  task: { name: string; text: string; run: SandboxRun | null },
  timeout_ms: number,
  rss_max_bytes: number,
): Promise<Row[]> => {
  const child = spawn(process.execPath, ['--no-warnings', '--max-old-space-size=256', CHILD], {
    // Nothing of this process's environment: no setting and no secret is told.
    env: {},
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const fault = limits(child, timeout_ms, rss_max_bytes);
  const told = await collect(child, JSON.stringify(task)).finally(fault.stop);
  const killed = fault.reason();
  if (killed !== null) throw killed;
  const answer = parsed(told.out);
  if (answer === null) {
    throw new AppError(
      'bad_request',
      `report ${task.name} ended its process: it asked for too much`,
      {
        detail: told.err.slice(-500),
      },
    );
  }
  if ('error' in answer) throw toAppError(task.name, answer.error);
  return answer.rows;
};

type Answer = { rows: Row[] } | { error: { code: ErrorCode; message: string } };

const parsed = (text: string): Answer | null => {
  try {
    return JSON.parse(text) as Answer;
  } catch {
    return null;
  }
};

/** The engine's own words may name files; what a person needs of them is their first clause. */
const toAppError = (name: string, { code, message }: { code: ErrorCode; message: string }) => {
  if (/Out of Memory|could not allocate|failed to allocate/i.test(message)) {
    return new AppError('too_large', `report ${name} needs more memory than a report may take`);
  }
  if (code === 'too_large') return new AppError(code, `report ${name}: ${message}`);
  if (code !== 'store_unavailable') return new AppError('bad_request', message);
  const words = message.replace(/^the store failed at \S+: /, 'the SQL has a fault: ');
  return new AppError('bad_request', words.replaceAll(/(?:\/[\w.@-]+){2,}/g, '(a file)'));
};

const collect = (child: ChildProcess, input: string): Promise<{ out: string; err: string }> =>
  new Promise((resolve, reject) => {
    const texts = { out: '', err: '' };
    let bytes = 0;
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      bytes += piece.length;
      if (bytes > ANSWER_BYTES_MAX) child.kill('SIGKILL');
      else texts.out += piece;
    });
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      texts.err = (texts.err + piece).slice(-2000);
    });
    child.once('error', (cause) =>
      reject(new AppError('internal', 'the process for reports cannot start', { cause })),
    );
    child.once('close', () => resolve(texts));
    // It may be killed while it still reads.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });

/** Kills at the deadline and above the memory that is allowed. */
const limits = (child: ChildProcess, timeout_ms: number, rss_max_bytes: number) => {
  let reason: AppError | null = null;
  const kill = (error: AppError): void => {
    reason ??= error;
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(
    () => kill(new AppError('query_timeout', `the report took longer than ${timeout_ms / 1000} s`)),
    timeout_ms,
  );
  const watch = setInterval(() => {
    void residentBytes(child.pid).then((bytes) => {
      if (bytes > rss_max_bytes) {
        kill(new AppError('too_large', 'the report needs more memory than a report may take'));
      }
    });
  }, WATCH_MS);
  return {
    reason: () => reason,
    stop: () => {
      clearTimeout(deadline);
      clearInterval(watch);
    },
  };
};

/** 0 where the system does not tell it: the engine's own limit and the deadline hold there. */
const residentBytes = async (pid: number | undefined): Promise<number> => {
  if (pid === undefined) return 0;
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(statm.split(' ')[1] ?? 0) * PAGE_BYTES;
};
