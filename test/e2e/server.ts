// Starts the real server as a user would, on a free port and a data folder of its own, and stops it again.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** A start replays the journal and migrates the store; on a busy machine that takes seconds. */
const START_MS = 60_000;
const STOP_MS = 20_000;

export interface RunningServer {
  url: string;
  /** Where it takes OTLP/gRPC. */
  grpc_url: string;
  /** Its data folder, removed by `remove`. */
  data: string;
  pid: number;
  /** The body of an answer to GET `path`, which starts with /api/v1. Throws where the answer is no success. */
  get: <T>(path: string) => Promise<T>;
  /** All that it wrote to standard output and error so far. */
  said: () => string;
  /** All rows of a list, page by page. */
  rows: <T>(path: string) => Promise<T[]>;
  /** Ends the process with this signal and waits for its end. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Stops it where it runs still, and removes its data folder. */
  remove: () => Promise<void>;
}

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** The addresses that the server prints once it listens: its own, and that of OTLP/gRPC. */
const addressesOf = (child: ChildProcess): Promise<{ url: string; grpc_url: string }> =>
  new Promise((resolve, reject) => {
    let out = '';
    const fail = (why: string): void => reject(new Error(`the server ${why}; it said:\n${out}`));
    const late = setTimeout(() => fail(`did not listen within ${START_MS} ms`), START_MS);
    const read = (chunk: Buffer): void => {
      out += chunk.toString();
      const url = /Footprint is at (\S+)/.exec(out)?.[1];
      const grpc_url = /over gRPC at (\S+)\s/.exec(out)?.[1];
      if (url === undefined || grpc_url === undefined) return;
      clearTimeout(late);
      resolve({ url, grpc_url });
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(`ended with code ${code ?? 'none'}`);
    });
  });

const getJson = async (url: string): Promise<unknown> => {
  const answer = await fetch(url);
  const body = await answer.text();
  if (!answer.ok) throw new Error(`GET ${url} answered ${answer.status}: ${body}`);
  return JSON.parse(body) as unknown;
};

interface Page {
  rows: unknown[];
  next_cursor: string | null;
}

const everyRow = async (url: string): Promise<unknown[]> => {
  const rows: unknown[] = [];
  let cursor: string | null = null;
  do {
    const next = new URL(url);
    if (cursor !== null) next.searchParams.set('cursor', cursor);
    const page = (await getJson(next.href)) as Page;
    rows.push(...page.rows);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
};

/** `footprint serve` on a free port; `data` keeps a folder over several starts. */
export const startServer = async ({ data }: { data?: string } = {}): Promise<RunningServer> => {
  const folder = data ?? (await mkdtemp(join(tmpdir(), 'footprint-e2e-')));
  const ports = ['--port', '0', '--grpc-port', '0'];
  const args = [join(ROOT, 'server/cli.ts'), 'serve', ...ports, '--data', folder];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const { url, grpc_url } = await addressesOf(child).catch((error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await exited(child);
    clearTimeout(late);
  };
  return {
    url,
    grpc_url,
    data: folder,
    pid: child.pid ?? 0,
    said: () => said,
    get: async <T>(path: string) => (await getJson(url + path)) as T,
    rows: async <T>(path: string) => (await everyRow(url + path)) as T[],
    stop,
    remove: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};

/** Runs a script in Node as a process of its own; resolves with what it printed. Rejects where it fails. */
export const runScript = (
  file: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, file), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${file} ended with code ${code ?? 'none'}:\n${out}${err}`));
    });
  });
