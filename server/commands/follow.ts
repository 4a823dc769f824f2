// Reads a growing file of lines from where it was left, through rotation, and remembers how far they were taken.
import { open, readdir, stat, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isTakenFrom, keepPlace, type Place, readPlace, tailOf } from './follow-place.ts';

export interface Lines {
  /** Whole lines, the last one's newline included; empty where there are none yet. */
  bytes: Buffer;
  /** 1-based number of the first of them in its file. */
  first_line: number;
  /** The line `first_line` is longer than 16 MiB and passed over; `bytes` are empty. */
  too_long: boolean;
  /** The file ends within a line, which is left until it is whole. */
  unfinished: boolean;
  /** To be called when they were taken. */
  taken: () => Promise<void>;
}

/** One request's worth of lines; a line that is longer is read whole … */
const CHUNK_BYTES = 1024 * 1024;
/** … up to this, which the server takes; what is longer is no entry, and is passed over. */
const LINE_BYTES_MAX = 16 * CHUNK_BYTES;
const NEWLINE = 10;
/** A folder of logs has some hundred; one with more is no place to look through each second. */
const FOLDER_FILES_MAX = 1000;

interface Held {
  handle: FileHandle;
  place: Place;
  /** Bytes of a line that is too long which were looked through for its end. */
  scanned: number;
  /** Size at the last look, of a file that lost its name within a line. */
  abandoned: number;
}

/** What stands next in a file, and where it ends. */
interface Found {
  bytes: Buffer;
  end: number;
  too_long: boolean;
  unfinished: boolean;
}

/** Lines of the file at `path` and of those that had its name before, from the place kept at `place_path` on. */
export const createFollower = (path: string, place_path: string) => {
  let held: Held | null = null;

  const hold = async (file_path: string, from: Place | null): Promise<Held> => {
    const handle = await open(file_path, 'r');
    const file = String((await handle.stat({ bigint: true })).ino);
    await held?.handle.close();
    const place = from === null ? { file, offset: 0, lines: 0, tail: '' } : { ...from, file };
    held = { handle, place, scanned: 0, abandoned: -1 };
    return held;
  };

  /** The file that `place` was taken from, wherever it is now; the one at `path` from its beginning where there is none. */
  const resume = async (place: Place | null): Promise<Held> => {
    const found = place === null ? null : await findTaken(dirname(path), place);
    return found === null ? hold(path, null) : hold(found, place);
  };

  /** Whether another file has this one's name by now and all of this one was taken. */
  const isLeft = async (now: Held): Promise<boolean> => {
    const named = await stat(path, { bigint: true }).catch(() => null);
    if (named === null || String(named.ino) === now.place.file) return false;
    return (await now.handle.stat()).size <= now.place.offset;
  };

  /** Whether this file ends within a line that nobody will end: it lost its name and did not grow since the last look. */
  const isAbandoned = async (now: Held): Promise<boolean> => {
    const named = await stat(path, { bigint: true }).catch(() => null);
    if (named === null || String(named.ino) === now.place.file) return false;
    const { size } = await now.handle.stat();
    const same = size === now.abandoned;
    now.abandoned = size;
    return same;
  };

  return {
    /**
     * Without `follow` a last line without its newline counts where it is JSON. Throws where the file cannot be read.
     */
    async next(follow: boolean): Promise<Lines> {
      let now = held ?? (await resume(await readPlace(place_path)));
      for (;;) {
        // A file that was copied and cut goes on in its copy, and then at its own beginning.
        if (!(await isTakenFrom(now.handle, now.place))) now = await resume(now.place);
        let found = await readLines(now, !follow);
        if (found.unfinished && (await isAbandoned(now))) found = await readRest(now);
        const { offset } = now.place;
        if (found.end === offset && (await isLeft(now))) now = await hold(path, null);
        else return linesOf(now, found, place_path);
      }
    },
    close: async (): Promise<void> => held?.handle.close(),
  };
};

const linesOf = (now: Held, found: Found, place_path: string): Lines => {
  const { bytes, end, too_long, unfinished } = found;
  const { offset, lines } = now.place;
  return {
    bytes,
    first_line: lines + 1,
    too_long,
    unfinished,
    async taken() {
      if (end === offset) return;
      now.place.offset = end;
      now.place.lines = lines + (too_long ? 1 : countLines(bytes));
      now.place.tail = await tailOf(now.handle, end);
      now.scanned = 0;
      await keepPlace(place_path, now.place);
    },
  };
};

const countLines = (bytes: Buffer): number => {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) lines += 1;
  return lines;
};

const readAt = async ({ handle }: Held, from: number, length: number): Promise<Buffer> => {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
  return buffer.subarray(0, bytesRead);
};

const readLines = async (now: Held, whole: boolean): Promise<Found> => {
  const { offset } = now.place;
  const none = { bytes: Buffer.alloc(0), end: offset, too_long: false, unfinished: false };
  for (let length = CHUNK_BYTES; length <= LINE_BYTES_MAX; length *= 2) {
    const read = await readAt(now, offset, length);
    const bytes = read.subarray(0, read.lastIndexOf(NEWLINE) + 1);
    if (bytes.length > 0) return { ...none, bytes, end: offset + bytes.length };
    if (read.length === length) continue;
    if (whole && isJson(read)) return { ...none, bytes: read, end: offset + read.length };
    return { ...none, unfinished: read.length > 0 };
  }
  for (let from = Math.max(now.scanned, offset + LINE_BYTES_MAX); ; from += CHUNK_BYTES) {
    const read = await readAt(now, from, CHUNK_BYTES);
    const at = read.indexOf(NEWLINE);
    now.scanned = from;
    if (at !== -1) return { ...none, end: from + at + 1, too_long: true };
    if (read.length === CHUNK_BYTES) continue;
    return { ...none, unfinished: true };
  }
};

/** What is left of a file that nobody writes to any more, as its last line. */
const readRest = async (now: Held): Promise<Found> => {
  const { offset } = now.place;
  const left = (await now.handle.stat()).size - offset;
  const too_long = left > LINE_BYTES_MAX;
  const bytes = await readAt(now, offset, too_long ? 0 : left);
  return { bytes, end: offset + left, too_long, unfinished: false };
};

const isJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(bytes.toString());
    return true;
  } catch {
    return false;
  }
};

/** The file of that number where what was taken stands in it; else a copy in which it stands and which has more. */
const findTaken = async (folder: string, place: Place): Promise<string | null> => {
  const names = (await readdir(folder)).slice(0, FOLDER_FILES_MAX);
  let copy: string | null = null;
  for (const name of names) {
    const path = join(folder, name);
    const found = await stat(path, { bigint: true }).catch(() => null);
    if (found?.isFile() !== true || Number(found.size) < place.offset) continue;
    const same = String(found.ino) === place.file;
    if (!same && (place.tail === '' || Number(found.size) === place.offset)) continue;
    const handle = await open(path, 'r').catch(() => null);
    const taken = handle !== null && (await isTakenFrom(handle, place));
    await handle?.close();
    if (taken && same) return path;
    if (taken) copy = path;
  }
  return copy;
};
