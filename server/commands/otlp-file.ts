// A file of OTLP traces as request bodies: JSON, JSON lines or protobuf, plain or gzip.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '../errors.ts';

export interface Body {
  type: 'application/json' | 'application/x-protobuf';
  bytes: Uint8Array<ArrayBuffer>;
  /** 1-based line, or part of a protobuf file, for messages. */
  part: number;
  /** Bytes of the file, as it lies on the disk, that were read for it. */
  file_bytes: number;
}

/** What the server takes after inflation; a body of its own must fit in it. */
export const BODY_BYTES_MAX = 64 * 1024 * 1024;
const NEWLINE = 10;
const OPENING = new Set(['{'.charCodeAt(0), '['.charCodeAt(0)]);
const GZIP_MAGIC = [0x1f, 0x8b];

/**
 * Bodies of one file in order, read as they are taken.
 * Throws AppError `bad_request` where the file is neither, `too_large` where one body is.
 */
export async function* readBodies(path: string): AsyncGenerator<Body> {
  const gzipped = await startsWith(path, GZIP_MAGIC);
  let read = 0;
  let told = 0;
  const counted = createReadStream(path).pipe(
    new Transform({
      transform(chunk: Buffer, _encoding, done: TransformCallback) {
        read += chunk.length;
        done(null, chunk);
      },
    }),
  );
  const plain: Readable = gzipped ? counted.pipe(createGunzip()) : counted;
  if (gzipped) counted.on('error', (error) => plain.destroy(error));
  const body = (type: Body['type'], bytes: Buffer, part: number): Body => {
    // Of a compressed file nobody knows which of its bytes made this body; all read so far is told with it.
    const file_bytes = gzipped ? read - told : bytes.length;
    told += file_bytes;
    return { type, bytes: new Uint8Array(bytes), part, file_bytes };
  };
  let held: Buffer[] = [];
  let held_bytes = 0;
  let mode: 'unknown' | 'lines' | 'whole' = 'unknown';
  let part = 0;
  const take = (): Buffer => {
    const whole = held.length === 1 ? (held[0] ?? Buffer.alloc(0)) : Buffer.concat(held);
    held = [];
    held_bytes = 0;
    return whole;
  };
  for await (const piece of named(plain, path)) {
    let rest = Buffer.isBuffer(piece) ? piece : Buffer.from(String(piece));
    if (held_bytes === 0 && part === 0 && !isJson(rest)) mode = 'whole';
    while (mode !== 'whole') {
      const end = rest.indexOf(NEWLINE);
      if (end === -1) break;
      held.push(rest.subarray(0, end + 1));
      held_bytes += end + 1;
      rest = rest.subarray(end + 1);
      if (mode === 'unknown') mode = isWholeJson(Buffer.concat(held)) ? 'lines' : 'whole';
      if (mode === 'lines') {
        part += 1;
        const line = take();
        if (!isBlank(line)) yield body('application/json', line, part);
      }
    }
    held.push(rest);
    held_bytes += rest.length;
    if (held_bytes > BODY_BYTES_MAX) {
      throw new AppError(
        'too_large',
        `${path}: part ${part + 1} is larger than ${BODY_BYTES_MAX} bytes; write one request a line`,
      );
    }
  }
  const last = take();
  if (isBlank(last)) return;
  const type = isJson(last) ? 'application/json' : 'application/x-protobuf';
  yield body(type, last, part + 1);
}

/** What a stream cannot read is told of its file. */
async function* named(pieces: Readable, path: string): AsyncGenerator<unknown> {
  try {
    yield* pieces;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    throw new AppError('bad_request', `${path} cannot be read: ${what}`);
  }
}

const startsWith = async (path: string, magic: readonly number[]): Promise<boolean> => {
  const file = await open(path);
  try {
    const { buffer } = await file.read(Buffer.alloc(magic.length), 0, magic.length, 0);
    return magic.every((byte, i) => buffer[i] === byte);
  } finally {
    await file.close();
  }
};

/** Space, tab, line ends and the byte order mark may stand before JSON. */
const isSpace = (byte: number): boolean =>
  byte === 32 || (byte >= 9 && byte <= 13) || byte === 0xef || byte === 0xbb || byte === 0xbf;

/** A protobuf request begins with the byte 10 (field 1, a ResourceSpans), which no writer of JSON begins with. */
const isJson = (bytes: Uint8Array): boolean => {
  const first = bytes.find((byte) => !isSpace(byte));
  return bytes[0] !== NEWLINE && first !== undefined && OPENING.has(first);
};

const isWholeJson = (bytes: Buffer): boolean => {
  try {
    JSON.parse(bytes.toString('utf8').replace(/^\uFEFF/, ''));
    return true;
  } catch {
    return false;
  }
};

const isBlank = (bytes: Uint8Array): boolean => bytes.every(isSpace);
