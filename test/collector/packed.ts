// The collector as npm would publish it: built and packed once for each state of its sources, and installed in a folder.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  rmdirSync,
  symlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ROOT } from './agent.ts';

const COLLECTOR = join(ROOT, 'collector');
const CACHE = join(ROOT, 'node_modules/.cache/footprint-packed');
/** A build takes some ten seconds on a busy machine; a lock older than this was left by a process that died. */
const BUILD_MS = 120_000;

export const ENGINES = join(ROOT, 'test/engines');

const sources = (folder = COLLECTOR): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (['node_modules', 'dist', 'demo'].includes(entry.name)) return [];
    const path = join(folder, entry.name);
    return entry.isDirectory() ? sources(path) : [path];
  });

const digest = (): string => {
  const hash = createHash('sha256');
  for (const file of sources().sort()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
};

/** Runs a command to its end; throws what it said where it fails. */
export const command = (name: string, args: readonly string[], cwd: string): string => {
  const done = spawnSync(name, args, { cwd, encoding: 'utf8' });
  if (done.status !== 0)
    throw new Error(`${name} ${args.join(' ')} failed:\n${done.stdout}${done.stderr}`);
  return done.stdout;
};

/** The tarball of the present sources. Test files run side by side, so one of them builds and the others wait. */
export const packed = async (): Promise<string> => {
  const folder = join(CACHE, digest());
  const tarball = join(folder, 'footprint-collector.tgz');
  const lock = join(CACHE, 'lock');
  mkdirSync(CACHE, { recursive: true });
  for (let waited = 0; ; waited += 100) {
    if (existsSync(tarball)) return tarball;
    if (waited > BUILD_MS) rmdirSync(lock);
    try {
      mkdirSync(lock);
      break;
    } catch {
      await sleep(100);
    }
  }
  try {
    if (existsSync(tarball)) return tarball;
    for (const old of readdirSync(CACHE))
      if (old !== 'lock') rmSync(join(CACHE, old), { recursive: true });
    mkdirSync(folder);
    const told = command('npm', ['pack', '--json', '--pack-destination', folder], COLLECTOR);
    const name = /"filename":\s*"([^"]+)"/.exec(told)?.[1] ?? '';
    command('mv', [join(folder, name), tarball], folder);
    return tarball;
  } finally {
    rmdirSync(lock);
  }
};

/** Installs the tarball into `folder`, beside the OpenTelemetry of an engine's folder. */
export const installPacked = (tarball: string, folder: string, engine: string): void => {
  const at = join(folder, 'node_modules/@footprint/collector');
  mkdirSync(at, { recursive: true });
  command('tar', ['-xzf', tarball, '--strip-components=1', '-C', at], folder);
  const modules = join(ENGINES, engine, 'node_modules/@opentelemetry');
  symlinkSync(modules, join(folder, 'node_modules/@opentelemetry'));
};
