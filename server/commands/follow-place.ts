// How far a file of lines was taken, kept beside it, and whether a file is still the one that was meant.
import { createHash } from 'node:crypto';
import { readFile, rename, writeFile, type FileHandle } from 'node:fs/promises';

export interface Place {
  /** Number of the file, since rotation gives its name to another one. */
  file: string;
  /** Bytes that were taken. */
  offset: number;
  /** Lines that were taken. */
  lines: number;
  /** Of the bytes before `offset`: a file that was cut and grew again has others there. Empty where none are known. */
  tail: string;
}

/** A line of a log differs from all others within as many bytes: it ends with an id or an instant. */
const TAIL_BYTES = 1024;

export const tailOf = async (handle: FileHandle, offset: number): Promise<string> => {
  const from = Math.max(0, offset - TAIL_BYTES);
  const { buffer, bytesRead } = await handle.read(
    Buffer.alloc(offset - from),
    0,
    offset - from,
    from,
  );
  return createHash('sha256').update(buffer.subarray(0, bytesRead)).digest('hex');
};

/** Whether what was taken stands in this file still. */
export const isTakenFrom = async (
  handle: FileHandle,
  { offset, tail }: Place,
): Promise<boolean> => {
  if ((await handle.stat()).size < offset) return false;
  return offset === 0 || tail === '' || (await tailOf(handle, offset)) === tail;
};

/** Null where none is kept yet, or a damaged one: all is sent again, and what is there already is not stored twice. */
export const readPlace = async (path: string): Promise<Place | null> => {
  try {
    const told = JSON.parse(await readFile(path, 'utf8')) as Partial<Place>;
    const { file, offset, lines, tail } = told;
    if (typeof file !== 'string' || !isCount(offset)) return null;
    return {
      file,
      offset,
      lines: isCount(lines) ? lines : 0,
      tail: typeof tail === 'string' ? tail : '',
    };
  } catch {
    return null;
  }
};

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

export const keepPlace = async (path: string, place: Place): Promise<void> => {
  await writeFile(`${path}.new`, JSON.stringify(place));
  await rename(`${path}.new`, path);
};
