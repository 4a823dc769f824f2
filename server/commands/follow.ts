// Reads a growing file of lines from where it was left, through rotation, and remembers how far they were taken.
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { open, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** How far a file was taken; rotation gives its name to another file, so its number tells which one is meant. */
interface Place {
  file: string;
  offset: number;
}

export interface Lines {
  /** Whole lines, the last one's newline included; empty where there are none yet. */
  bytes: Buffer;
  /** To be called when they were taken. */
  taken: () => Promise<void>;
}

/** One request's worth of lines; a line that is longer is read whole … */
const CHUNK_BYTES = 1024 * 1024;
/** … up to this, which the server takes; what is longer is no entry, and is passed over. */
const LINE_BYTES_MAX = 16 * CHUNK_BYTES;
const NEWLINE = 10;

/** Lines of the file at `path` and of those that had its name before, from the place kept at `place_path` on. */
export const createFollower = (path: string, place_path: string) => {
  let held: { handle: FileHandle; place: Place } | null = null;

  const hold = async (file_path: string, offset_of: (id: string, size: number) => number) => {
    const handle = await open(file_path, 'r');
    const { ino, size } = await handle.stat({ bigint: true });
    const id = String(ino);
    held = { handle, place: { file: id, offset: offset_of(id, Number(size)) } };
  };

  const begin = async (): Promise<void> => {
    const kept = await readPlace(place_path);
    const before = kept === null ? null : await findFile(dirname(path), kept.file);
    if (kept !== null && before !== null) {
      await hold(before, (_, size) => (size < kept.offset ? 0 : kept.offset));
    } else await hold(path, () => 0);
  };

  /** The next file where this one lost its name to it, or this one anew where it was cut; false where neither. */
  const turn = async (now: { handle: FileHandle; place: Place }): Promise<boolean> => {
    const named = await stat(path, { bigint: true }).catch(() => null);
    if (named === null) return false;
    if (String(named.ino) !== now.place.file) {
      // What was written before the name changed hands comes first.
      if ((await now.handle.stat()).size > now.place.offset) return false;
      await now.handle.close();
      await hold(path, () => 0);
      return true;
    }
    if (Number(named.size) >= now.place.offset) return false;
    now.place.offset = 0;
    return true;
  };

  return {
    /** With `whole`, the last line counts even without its newline. Throws where the file cannot be read. */
    async next(whole: boolean): Promise<Lines> {
      if (held === null) await begin();
      for (;;) {
        const now = held as unknown as { handle: FileHandle; place: Place };
        const bytes = await readLines(now.handle, now.place.offset, whole);
        if (bytes.length === 0 && (await turn(now))) continue;
        const { file, offset } = now.place;
        return {
          bytes,
          async taken() {
            now.place.offset = offset + bytes.length;
            await keepPlace(place_path, { file, offset: now.place.offset });
          },
        };
      }
    },
    close: async (): Promise<void> => held?.handle.close(),
  };
};

const readLines = async (handle: FileHandle, from: number, whole: boolean): Promise<Buffer> => {
  for (let length = CHUNK_BYTES; ; length *= 2) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, from);
    const read = buffer.subarray(0, bytesRead);
    const end = read.lastIndexOf(NEWLINE) + 1;
    if (end > 0) return read.subarray(0, end);
    if (bytesRead < length) return whole ? read : read.subarray(0, 0);
    if (length >= LINE_BYTES_MAX) return read;
  }
};

const findFile = async (folder: string, id: string): Promise<string | null> => {
  for (const name of await readdir(folder)) {
    const found = await stat(join(folder, name), { bigint: true }).catch(() => null);
    if (found?.isFile() === true && String(found.ino) === id) return join(folder, name);
  }
  return null;
};

const readPlace = async (path: string): Promise<Place | null> => {
  try {
    const told = JSON.parse(await readFile(path, 'utf8')) as Partial<Place>;
    const { file, offset } = told;
    return typeof file === 'string' && Number.isSafeInteger(offset)
      ? { file, offset: Number(offset) }
      : null;
  } catch {
    // None yet, or one that was damaged: all is sent again, and what is there already is not stored twice.
    return null;
  }
};

const keepPlace = async (path: string, place: Place): Promise<void> => {
  await writeFile(`${path}.new`, JSON.stringify(place));
  await rename(`${path}.new`, path);
};
