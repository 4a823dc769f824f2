// A request's body: read within its limit, inflated within its limit, and nothing but one gzip member.
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { constants, crc32, inflateRaw, zstdCompress } from 'node:zlib';
import { AppError } from '../errors.ts';
import { DISCARDED_BYTES_MAX } from './limits.ts';

/** How a request's body comes: as Node's own stream where there is one, since that is several times faster. */
export interface BodySource {
  incoming?: IncomingMessage | undefined;
  body: ReadableStream<Uint8Array> | null;
}

/** A gzip member (RFC 1952): ten bytes of header, fields that its flags name, deflated bytes, eight bytes of trailer. */
const GZIP = { header: 10, flags_at: 3, trailer: 8 } as const;
const GZIP_MAGIC = [0x1f, 0x8b, 0x08];
const GZIP_FLAG = { header_crc: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 } as const;
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

const inflateInfo = promisify(
  (
    body: Uint8Array,
    { maxOutputLength, chunkSize }: { maxOutputLength: number; chunkSize: number },
    done: (error: Error | null, result: { buffer: Buffer; read: number }) => void,
  ) => {
    inflateRaw(body, { maxOutputLength, chunkSize, info: true }, (error, answer) => {
      const { buffer, engine } = (answer ?? {}) as unknown as Partial<Inflated>;
      done(error, { buffer: buffer ?? Buffer.alloc(0), read: engine?.bytesWritten ?? 0 });
    });
  },
);
const compress = promisify(zstdCompress);

/**
 * The whole body in memory of its own. Past `limit` bytes of a length that was not told the rest is read and thrown away, so that
 * the sender reads the answer; then AppError `too_large`. AppError `bad_request` where it breaks off.
 */
export const readBody = async (
  { incoming, body }: BodySource,
  limit: number,
): Promise<Uint8Array> => {
  // What says that it is too large is not waited for.
  if (Number(incoming?.headers['content-length']) > limit) throw tooLarge('the body', limit);
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

/**
 * The inflated body in memory of its own. Throws AppError `too_large`, or `bad_request` where it is not one
 * whole gzip member: zlib itself would read on into a second one, and an empty first one leaves no other trace.
 */
export const inflate = async (body: Uint8Array, limit: number): Promise<Uint8Array> => {
  const start = deflatedFrom(body);
  const sizes = { maxOutputLength: limit, chunkSize: chunkFor(body) };
  const { buffer, read } = await inflateInfo(body.subarray(start), sizes).catch(
    (error: unknown) => {
      const code = error instanceof Error && 'code' in error ? error.code : '';
      if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge('the inflated body', limit);
      throw noGzip();
    },
  );
  const end = start + read;
  if (body.length - end > GZIP.trailer) {
    throw new AppError('bad_request', 'the body is more than one gzip member');
  }
  if (body.length - end < GZIP.trailer) throw noGzip();
  const trailer = new DataView(body.buffer, body.byteOffset + end, GZIP.trailer);
  if (
    trailer.getUint32(0, true) !== crc32(buffer) ||
    trailer.getUint32(4, true) !== buffer.length
  ) {
    throw noGzip();
  }
  const isOwn = buffer.buffer.byteLength <= WASTE_MAX * buffer.length;
  return isOwn ? buffer : new Uint8Array(buffer);
};

/** One byte more than the member's end says, since a piece that is full is not known to be the last. */
const chunkFor = (body: Uint8Array): number => {
  const at = body.byteOffset + body.length - 4;
  const told = body.length < 4 ? 0 : new DataView(body.buffer, at, 4).getUint32(0, true);
  return Math.min(Math.max(told + 1, CHUNK_BYTES_MIN), CHUNK_BYTES_MAX);
};

/** Where the deflated bytes begin, behind the header and its optional fields. */
const deflatedFrom = (body: Uint8Array): number => {
  const flags = body[GZIP.flags_at] ?? 0;
  if (GZIP_MAGIC.some((byte, i) => body[i] !== byte) || (flags & GZIP_FLAG.reserved) !== 0) {
    throw noGzip();
  }
  let at: number = GZIP.header;
  if ((flags & GZIP_FLAG.extra) !== 0) at += 2 + (body[at] ?? 0) + 256 * (body[at + 1] ?? 0);
  for (const text of [GZIP_FLAG.name, GZIP_FLAG.comment]) {
    if ((flags & text) === 0) continue;
    const end = body.indexOf(0, at);
    if (end < 0) throw noGzip();
    at = end + 1;
  }
  return (flags & GZIP_FLAG.header_crc) === 0 ? at : at + 2;
};

/** Whether a gzip body has a name, comment or extra field in its header, where text could hide. */
export const hasGzipFields = (body: Uint8Array): boolean => body[GZIP.flags_at] !== 0;

export const zstd = (body: Uint8Array): Promise<Uint8Array> =>
  compress(body, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } });

const tooLarge = (what: string, limit: number): AppError =>
  new AppError('too_large', `${what} is larger than ${String(limit)} bytes`, { limit });

const noGzip = (): AppError => new AppError('bad_request', 'the body is no gzip');
