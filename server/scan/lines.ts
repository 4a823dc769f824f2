// Lines of a file of any size, in bounded memory.
import { createReadStream } from 'node:fs';

/** A line with a picture in it takes some megabytes; longer ones are passed over and counted. */
const LINE_BYTES_MAX = 32 * 1024 * 1024;
const CHUNK_BYTES = 256 * 1024;
const NEWLINE = 10;

/** Lines of a file as bytes; `null` stands for one that is too long to hold. */
export async function* linesOf(
  path: string,
  read: (bytes: number) => void,
): AsyncGenerator<Buffer | null> {
  let held: Buffer[] = [];
  let held_bytes = 0;
  let long = false;
  for await (const piece of createReadStream(path, { highWaterMark: CHUNK_BYTES })) {
    let rest = piece as Buffer;
    read(rest.length);
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      if (long) yield null;
      else yield held.length === 0 ? rest.subarray(0, end) : joined(held, rest.subarray(0, end));
      [held, held_bytes, long] = [[], 0, false];
      rest = rest.subarray(end + 1);
    }
    held_bytes += rest.length;
    if (held_bytes > LINE_BYTES_MAX) [held, long] = [[], true];
    else if (rest.length > 0) held.push(rest);
  }
  if (long) yield null;
  else if (held_bytes > 0) yield joined(held);
}

const joined = (held: Buffer[], last?: Buffer): Buffer =>
  Buffer.concat(last === undefined ? held : [...held, last]);
