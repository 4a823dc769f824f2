// Finds the real policy engines that the integrations are tested against: their packages, and their servers' binaries.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ENGINES } from '../packed.ts';

/** Where the engines' packages are installed, and the servers that are built by Go. */
export const POLICY = join(ENGINES, 'policy');
/** A server of one binary listens within a second; on a busy machine within some. */
const START_MS = 30_000;

export const installed = existsSync(join(POLICY, 'node_modules'));
if (!installed)
  process.stderr.write('SKIPPED: policy engines, since test/engines/policy is not installed\n');

/** npm has Cerbos' server for Linux on x64 alone. */
export const cerbosInstalled =
  installed && existsSync(join(POLICY, 'node_modules/@cerbos/cerbos-linux-x64/package.json'));

/** A package of theirs as CommonJS gives it. */
export const load = <T>(name: string): T => createRequire(join(POLICY, 'package.json'))(name) as T;

/** The binary of this name: built for these tests, on the PATH, or where `go install` puts it; says aloud where none is. */
export const findBinary = (name: string): string | undefined => {
  const folders = [
    join(POLICY, 'bin'),
    ...(process.env['PATH'] ?? '').split(delimiter),
    join(homedir(), 'go/bin'),
  ];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found === undefined)
    process.stderr.write(`SKIPPED: the real ${name}, since no binary of it was built or found\n`);
  return found;
};

/** A port that was free a moment ago. */
export const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });

export interface RunningEngine {
  /** All that it wrote so far. */
  said: () => string;
  stop: () => Promise<void>;
}

const exited = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve();
    else child.once('exit', () => resolve());
  });

/** Runs a server until `health` answers; throws what it said where it does not. */
export const startEngine = async (
  binary: string,
  args: readonly string[],
  health: string,
): Promise<RunningEngine> => {
  const child = spawn(binary, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
  });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited(child);
  };
  for (let waited = 0; ; waited += 100) {
    const healthy = await fetch(health).then(
      (answer) => answer.ok,
      () => false,
    );
    if (healthy) return { said: () => said, stop };
    if (waited > START_MS || child.exitCode !== null) {
      await stop();
      throw new Error(`${binary} did not answer ${health}; it said:\n${said}`);
    }
    await sleep(100);
  }
};
