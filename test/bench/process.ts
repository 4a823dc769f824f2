// Starts and measures the processes of a benchmark, each ended by its id.
import { fork, type ChildProcess } from 'node:child_process';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LoadOrder, LoadResult } from './load.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Clock ticks a second in /proc on Linux, the same on every platform Node runs on. */
const TICKS = 100;
/** Settling is quick once spans stop coming; longer than this it hangs. */
const SETTLED_MS = 120_000;

export interface Running {
  url: string;
  pid: number;
  stop: () => Promise<void>;
}

const ended = (child: ChildProcess) =>
  new Promise<void>((resolve) => {
    if (child.exitCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** The obvious build on a free port, its database at `file`. */
export const startObvious = async (file: string): Promise<Running> => {
  const child = fork(join(ROOT, 'test/bench/obvious.ts'), [file], { cwd: ROOT });
  const port = await new Promise<number>((resolve, reject) => {
    child.once('message', (message: { port: number }) => resolve(message.port));
    child.once('exit', () => reject(new Error('the obvious build ended')));
  });
  const stop = async () => {
    child.kill('SIGTERM');
    await ended(child);
  };
  return { url: `http://127.0.0.1:${port}`, pid: child.pid ?? 0, stop };
};

/** Prepares a load in a process of its own; `go` sends it. */
export const prepareLoad = async (order: LoadOrder): Promise<{ go: () => Promise<LoadResult> }> => {
  const child = fork(join(ROOT, 'test/bench/load.ts'), [], { cwd: ROOT });
  const next = () =>
    new Promise<{ result?: LoadResult; error?: string }>((resolve) =>
      child.once('message', (message: { result?: LoadResult; error?: string }) => resolve(message)),
    );
  child.send(order);
  await next();
  const go = async () => {
    const answer = next();
    child.send({ go: true });
    const { result, error } = await answer;
    child.disconnect();
    await ended(child);
    if (result === undefined) throw new Error(error ?? 'the load ended without a result');
    return result;
  };
  return { go };
};

interface Health {
  spans: number;
  waiting_spans: number;
  unsettled_traces: number;
}

/** Waits until the server has stored and settled `spans`. */
export const settled = async (url: string, spans: number): Promise<void> => {
  const until = performance.now() + SETTLED_MS;
  for (;;) {
    const answer = await fetch(`${url}/api/v1/health/telemetry`);
    const health = (await answer.json()) as Health;
    const { waiting_spans, unsettled_traces } = health;
    if (health.spans >= spans && waiting_spans === 0 && unsettled_traces === 0) return;
    if (performance.now() > until) throw new Error(`not settled: ${JSON.stringify(health)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

/** Seconds of CPU that a process has used. */
export const cpuSeconds = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS;
};

/** The most memory that a process has held, in MiB. */
export const peakRssMib = (pid: number): number => {
  const match = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return Math.round(Number(match?.[1] ?? 0) / 1024);
};

/** Bytes of all files below a folder. */
export const folderBytes = (folder: string): number =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? folderBytes(path) : statSync(path).size);
  }, 0);
