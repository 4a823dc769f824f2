// A bounded folder of what could not be sent: written when the receiver is away, sent when it is back, by one process once.
import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Sent } from './answer.ts';
import { guard, report } from './guard.ts';

/** What an agent may leave on somebody's disk: about 60,000 spans, a minute of a very busy agent. */
const MAX_BYTES = 64 * 1024 * 1024;
/** How long a look at the folder holds; what other processes add in between may exceed the limit by as much. */
const LOOK_MS = 5000;
/** A claim this old was left by a process that died: no send takes as long. */
const STALE_MS = 15 * 60_000;
/** What nobody came back for in two weeks belongs to an agent, or to a key, that is gone. */
const MAX_AGE_MS = 14 * 24 * 3600_000;
const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
const OTHERS = 0o077;

/** Waiting, being sent by one process, and found damaged. A fourth, `.part`, is being written. */
const WAITING = '.spans';
const CLAIMED = '.sending';
const DAMAGED = '.bad';

/** A folder of batches as text. No call throws or rejects. */
export interface Spool {
  /** Keeps a batch; false where the folder is full or cannot be written. */
  keep(text: string): Promise<boolean>;
  /** The same at once, for the moment in which the process exits. */
  keepNow(text: string): boolean;
  /** Gives each batch to `send` until one is not taken; what is taken is removed. Counts what was damaged. */
  drain(send: (text: string) => Promise<Sent>): Promise<void>;
  /** Gives back, at once, the batch that is being sent: the process exits. */
  release(): void;
}

/** FOOTPRINT_SPOOL, else the user's folder for state (XDG base directories); undefined where it says `off`. */
export const spoolFolder = (): string | undefined => {
  const told = process.env['FOOTPRINT_SPOOL'];
  if (told === 'off') return undefined;
  if (told !== undefined && told !== '') return told;
  const state = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  return join(state, 'footprint', 'spool');
};

/**
 * The part of the folder that belongs to one receiver and one key: what was recorded for one workspace is never
 * sent to another. A hash of both, cut to 64 bits, names it; no key can be found from that.
 */
const partFor = (destination: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(destination)).digest('hex').slice(0, 16);

/** Throws where the folder is no folder of this user's own, which another user may read or fill. */
const own = (folder: string): void => {
  const found = lstatSync(folder);
  if (!found.isDirectory() || (process.getuid !== undefined && found.uid !== process.getuid()))
    throw new Error('the spool is not a folder of this user');
  if ((found.mode & OTHERS) !== 0) chmodSync(folder, PRIVATE_FOLDER);
};

/** The spool for one receiver and key. Nothing is made on the disk before there is something to keep. */
export const openSpool = (
  root: string,
  destination: readonly string[],
  { maxBytes = MAX_BYTES } = {},
): Spool => {
  const folder = join(root, partFor(destination));
  let full = false;
  let used = 0;
  let lookedAt = Number.NEGATIVE_INFINITY;
  let claim: string | undefined;
  const nameOf = (): string => `${Date.now().toString(36)}-${randomBytes(6).toString('hex')}`;
  const path = (name: string): string => join(folder, name);
  const room = (bytes: number): boolean => {
    const fits = used + bytes <= maxBytes;
    if (!fits && !full) report(`the spool is full (${maxBytes} bytes); what follows is lost`);
    full = !fits;
    if (fits) used += bytes;
    return fits;
  };
  const look = (): void => {
    if (performance.now() - lookedAt < LOOK_MS) return;
    lookedAt = performance.now();
    mkdirSync(folder, { recursive: true, mode: PRIVATE_FOLDER });
    own(root);
    own(folder);
    used = readdirSync(folder).reduce((sum, name) => sum + sizeOf(path(name)), 0);
  };
  const keep = async (text: string): Promise<boolean> => {
    look();
    if (!room(Buffer.byteLength(text))) return false;
    const name = nameOf();
    await writeFile(path(`${name}.part`), text, { flag: 'wx', mode: PRIVATE_FILE });
    await rename(path(`${name}.part`), path(name + WAITING));
    return true;
  };
  const keepNow = (text: string): boolean => {
    look();
    if (!room(Buffer.byteLength(text))) return false;
    const name = nameOf();
    writeFileSync(path(`${name}.part`), text, { flag: 'wx', mode: PRIVATE_FILE });
    renameSync(path(`${name}.part`), path(name + WAITING));
    return true;
  };
  const drain = async (send: (text: string) => Promise<Sent>): Promise<void> => {
    if (!existsSync(folder)) return;
    own(root);
    own(folder);
    await tidy(root);
    let damaged = 0;
    for (const name of (await readdir(folder)).filter((one) => one.endsWith(WAITING)).sort()) {
      const mine = await claimed(folder, name);
      if (mine === undefined) continue;
      claim = mine;
      const sent = await send(await readFile(mine, 'utf8').catch(() => ''));
      // It was released in the meantime, and may be another process's by now.
      if (claim !== mine) return;
      claim = undefined;
      if (sent === 'done') {
        lookedAt = Number.NEGATIVE_INFINITY;
        await rm(mine, { force: true });
      }
      if (sent === 'damaged') {
        damaged += 1;
        await rename(mine, mine.replace(CLAIMED, DAMAGED));
      }
      if (sent === 'later') {
        await rename(mine, path(name));
        break;
      }
    }
    if (damaged > 0) report(`${damaged} damaged files of the spool were skipped`);
  };
  return {
    keep: (text) => keep(text).catch((fault: unknown) => failed(fault)),
    keepNow: (text) => guard('writing the spool', () => keepNow(text), false),
    drain: (send) => drain(send).catch((fault: unknown) => void failed(fault)),
    release: () =>
      guard(
        'leaving the spool',
        () => {
          if (claim !== undefined) renameSync(claim, claim.replace(CLAIMED, WAITING));
          claim = undefined;
        },
        undefined,
      ),
  };
};

const failed = (fault: unknown): false => {
  report('the spool failed', fault);
  return false;
};

/** Another process may take a file away between two looks at it. */
const sizeOf = (path: string): number => {
  try {
    return lstatSync(path).size;
  } catch {
    return 0;
  }
};

/** Takes a file for this process alone: of two that rename it, one finds it gone. */
const claimed = async (folder: string, name: string): Promise<string | undefined> => {
  const claim = join(folder, name.replace(WAITING, CLAIMED));
  try {
    // Its time is set before it can be seen under its new name, where its age tells whether its process died.
    const now = new Date();
    await utimes(join(folder, name), now, now);
    await rename(join(folder, name), claim);
    return claim;
  } catch {
    return undefined;
  }
};

/** A claim renews a file's time, so its age is read from its name; a name that is not ours is as old as can be. */
const madeAt = (name: string): number => {
  const told = /^([0-9a-z]{1,10})-/.exec(name)?.[1];
  return told === undefined ? 0 : Number.parseInt(told, 36);
};

/** Gives back what dead processes had claimed, and removes what is too old, in the parts of all receivers. */
const tidy = async (root: string): Promise<void> => {
  for (const part of await readdir(root)) {
    for (const name of await readdir(join(root, part)).catch(() => [])) {
      const path = join(root, part, name);
      const found = await stat(path).catch(() => undefined);
      if (found === undefined) continue;
      const left = Date.now() - found.mtimeMs > STALE_MS;
      if (Date.now() - madeAt(name) > MAX_AGE_MS || (left && name.endsWith('.part')))
        await rm(path, { force: true });
      else if (left && name.endsWith(CLAIMED))
        await rename(path, path.replace(CLAIMED, WAITING)).catch(() => undefined);
    }
  }
};
