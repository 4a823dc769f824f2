// A file of OTLP traces as request bodies of a good size: JSON, JSON lines or protobuf, plain or gzip.
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Transform, type Readable, type TransformCallback } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { AppError } from '../errors.ts';
import { createJsonCutter, isSpace, type Cutter } from './otlp-json.ts';
import { createProtobufCutter } from './otlp-protobuf.ts';

/** One ResourceSpans as it stands in the file. */
export interface Piece {
  bytes: Buffer;
  /** 1-based line of JSON, or part of a protobuf file, for messages. */
  line: number;
}

export type BodyType = 'application/json' | 'application/x-protobuf';

/** Pieces that are sent together. */
export interface Batch {
  type: BodyType;
  pieces: readonly Piece[];
  /** Requests of the file that ended in it, and those of them that hold no spans. */
  requests: number;
  without_spans: number;
  /** What is wrong with requests that were passed over, each with its place. */
  faults: readonly string[];
  /** Bytes of the file, as it lies on the disk, that were read for it. */
  file_bytes: number;
}

/** Each body costs a write to the disk of its own, and a request's work is bounded by what it holds. */
const BATCH_BYTES = 2 * 1024 * 1024;
const BATCH_PIECES_MAX = 4096;
const GZIP_MAGIC = [0x1f, 0x8b];
const NEWLINE = 10;
const OPENING = new Set(['{'.charCodeAt(0), '['.charCodeAt(0)]);

/** The body of a request of these pieces. */
export const bodyOf = (type: BodyType, pieces: readonly Piece[]): Uint8Array<ArrayBuffer> => {
  const parts = pieces.map(({ bytes }) => bytes);
  if (type === 'application/x-protobuf') return new Uint8Array(Buffer.concat(parts));
  const listed = parts.flatMap((part, i) => (i === 0 ? [part] : [COMMA, part]));
  return new Uint8Array(Buffer.concat([OPEN, ...listed, CLOSE]));
};
const OPEN = Buffer.from('{"resourceSpans":[');
const COMMA = Buffer.from(',');
const CLOSE = Buffer.from(']}');

/** Batches of one file in order, read as they are taken. Throws AppError `bad_request` where the file is no OTLP. */
export async function* readBatches(path: string): AsyncGenerator<Batch> {
  const gzipped = await startsWith(path, GZIP_MAGIC);
  let read = 0;
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
  let type: BodyType | null = null;
  let cutter: Cutter | null = null;
  let pieces: Piece[] = [];
  let bytes = 0;
  const told = { file: 0, requests: 0, without: 0 };
  const batch = (): Batch => {
    const [requests, without] = [cutter?.requests() ?? 0, cutter?.without_spans() ?? 0];
    const made = {
      type: type ?? 'application/json',
      pieces,
      requests: requests - told.requests,
      without_spans: without - told.without,
      faults: cutter?.faults() ?? [],
      file_bytes: read - told.file,
    };
    Object.assign(told, { file: read, requests, without });
    pieces = [];
    bytes = 0;
    return made;
  };
  for await (const chunk of named(plain, path)) {
    const rest = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    if (cutter === null) {
      // A file may begin with nothing but blanks.
      if (rest[0] !== NEWLINE && rest.every(isSpace)) continue;
      type = isJson(rest) ? 'application/json' : 'application/x-protobuf';
      cutter = type === 'application/json' ? createJsonCutter(path) : createProtobufCutter(path);
    }
    for (const piece of cutter.take(rest)) {
      pieces.push(piece);
      bytes += piece.bytes.length;
      if (bytes >= BATCH_BYTES || pieces.length >= BATCH_PIECES_MAX) yield batch();
    }
  }
  pieces.push(...(cutter?.end() ?? []));
  yield batch();
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

/**
 * A protobuf request begins with the byte 10 (field 1, a ResourceSpans), which no writer of JSON begins with. The
 * first line of JSON lines may be anything, if a later one is a request.
 */
const isJson = (bytes: Buffer): boolean => {
  const first = bytes.find((byte) => !isSpace(byte));
  if (bytes[0] === NEWLINE || first === undefined) return false;
  return OPENING.has(first) || bytes.includes('\n{"');
};
