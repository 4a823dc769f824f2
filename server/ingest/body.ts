// A request's body: read within its limit, inflated within its limit, and nothing but one gzip member.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, gunzip, zstdCompress } from 'node:zlib';
import { AppError } from '../errors.ts';
import { DISCARDED_BYTES_MAX } from './limits.ts';

/** How a request's body comes: as Node's own stream where there is one, since that is several times faster. */
export interface BodySource {
  incoming?: IncomingMessage | undefined;
  body: ReadableStream<Uint8Array> | null;
}

/** Where a gzip member's header (RFC 1952) says which optional fields it has. */
const GZIP_FLAGS_AT = 3;
/** Read in one piece where its end says that it fits; each further piece is a turn of the thread pool. */
const CHUNK_BYTES_MIN = 16 * 1024;
/** Whoever lies about the size takes no more than this for it. */
const CHUNK_BYTES_MAX = 1024 * 1024;
/** A view of a buffer this much larger than itself is copied into one of its own. */
const WASTE_MAX = 1.25;
/** Level 1 gives nearly the size of gzip's default at a fifth of its time. */
const ZSTD_LEVEL = 1;

/** With `info` zlib answers its engine too, which knows how many bytes of the body it took; its types do not say so. */
interface Inflated {
  buffer: Buffer;
  engine: { bytesWritten: number };
}

const gunzipInfo = promisify(
  (
    body: Uint8Array,
    maxOutputLength: number,
    done: (error: Error | null, result: { buffer: Buffer; read: number }) => void,
  ) => {
    gunzip(body, { maxOutputLength, info: true, chunkSize: chunkFor(body) }, (error, answer) => {
      const { buffer, engine } = (answer ?? {}) as unknown as Partial<Inflated>;
      done(error, { buffer: buffer ?? Buffer.alloc(0), read: engine?.bytesWritten ?? 0 });
    });
  },
);
const compress = promisify(zstdCompress);

/**
 * The whole body in memory of its own. Past `limit` bytes the rest is read and thrown away, so that
 * the sender reads the answer; then AppError `too_large`. AppError `bad_request` where it breaks off.
 */
export const readBody = async (
  { incoming, body }: BodySource,
  limit: number,
): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const source = incoming ?? body ?? [];
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
      else chunks.length = 0;
      if (size > DISCARDED_BYTES_MAX) break;
    }
  } catch {
    throw new AppError('bad_request', 'the body broke off');
  }
  if (size > limit) throw tooLarge('the body', limit);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
};

/** The inflated body in memory of its own. Throws AppError `too_large`, or `bad_request` where it is not one whole gzip member. */
export const inflate = async (body: Uint8Array, limit: number): Promise<Uint8Array> => {
  const { buffer, read } = await gunzipInfo(body, limit).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('the inflated body', limit);
    throw new AppError('bad_request', 'the body is no gzip');
  });
  if (read !== body.length || sizeOf(body) !== buffer.length) {
    throw new AppError('bad_request', 'the body is more than one gzip member');
  }
  const isOwn = buffer.buffer.byteLength <= WASTE_MAX * buffer.length;
  return isOwn ? buffer : new Uint8Array(buffer);
};

/** The inflated size that the end of a gzip member names (RFC 1952). */
const sizeOf = (body: Uint8Array): number =>
  body.length < 4
    ? 0
    : new DataView(body.buffer, body.byteOffset + body.length - 4, 4).getUint32(0, true);

/** One byte more than is there, since a piece that is full is not known to be the last. */
const chunkFor = (body: Uint8Array): number =>
  Math.min(Math.max(sizeOf(body) + 1, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);

/** Whether a gzip body has a name, comment or extra field in its header, where text could hide. */
export const hasGzipFields = (body: Uint8Array): boolean => body[GZIP_FLAGS_AT] !== 0;

export const zstd = (body: Uint8Array): Promise<Uint8Array> =>
  compress(body, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });

const tooLarge = (what: string, limit: number): AppError =>
  new AppError('too_large', `${what} is larger than ${String(limit)} bytes`, { limit });
