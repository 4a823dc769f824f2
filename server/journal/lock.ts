// One process per data folder: a lock file that names its holder, taken over when that process is gone.
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { AppError } from '../errors.ts';

export interface Lock {
  release(): void;
}

interface Holder {
  pid: number;
  /** When the process began, in the system's own terms: a pid is given again after a restart. */
  began: string;
}

const LOCK_NAME = 'lock';
/** Two servers that start at once may both find a stale lock; one of them wins within a few tries. */
const TRIES_MAX = 5;

/** Takes the lock of the data folder. Throws AppError `locked` with `data.pid` where another process holds it. */
export const takeLock = (folder: string): Lock => {
  const path = join(folder, LOCK_NAME);
  const mine = `${path}.${process.pid}`;
  const content = JSON.stringify({ pid: process.pid, began: beganAt(process.pid) ?? '' });
  writeWhole(mine, content);
  try {
    for (let tries = 0; tries < TRIES_MAX; tries += 1) {
      if (linked(mine, path)) return { release: () => release(path, content) };
      const holder = read(path);
      if (holder !== null && lives(holder)) {
        throw new AppError('locked', `the data folder is in use by process ${holder.pid}`, {
          pid: holder.pid,
          folder,
        });
      }
      clearStale(path, holder);
    }
  } finally {
    rmSync(mine, { force: true });
  }
  throw new AppError('locked', 'the lock of the data folder keeps changing', { folder });
};

const writeWhole = (path: string, content: string): void => {
  const file = openSync(path, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
};

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

/** Linking is atomic and brings the content with it, so nobody ever reads a lock half written. */
const linked = (from: string, to: string): boolean => {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
};

const read = (path: string): Holder | null => {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value !== 'object' || value === null || !('pid' in value)) return null;
    const began = 'began' in value && typeof value.began === 'string' ? value.began : '';
    return typeof value.pid === 'number' ? { pid: value.pid, began } : null;
  } catch {
    return null;
  }
};

const lives = ({ pid, began }: Holder): boolean => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return false;
  }
  const now = beganAt(pid);
  return now === null || began === '' || now === began;
};

/** Boot and clock tick at which a process began, where the system tells it. */
const beganAt = (pid: number): string | null => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ');
    return `${boot}/${fields?.[19] ?? ''}`;
  } catch {
    return null;
  }
};

/** Moves the stale lock aside first: if another process was quicker, what was moved is its lock and goes back. */
const clearStale = (path: string, seen: Holder | null): void => {
  const aside = `${path}.stale.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = read(aside);
  if (moved !== null && (moved.pid !== seen?.pid || moved.began !== seen.began))
    linked(aside, path);
  rmSync(aside, { force: true });
};

const release = (path: string, content: string): void => {
  try {
    if (readFileSync(path, 'utf8') === content) rmSync(path);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
};
