// POST /v1/traces: OTLP/HTTP by the rules of its specification (1.11), redacted and handed on before it is acknowledged.
import type { HttpBindings } from '@hono/node-server';
import { type Context, Hono } from 'hono';
import { AppError } from '../errors.ts';
import type { LogSink } from '../model/log.ts';
import type { BodyEncoding, BodyType, Submission, Submit } from '../model/submission.ts';
import type { Decoded } from '../otlp/batch.ts';
import type { Reader } from '../otlp/reader.ts';
import { hasGzipFields, inflate, readBody, zstd } from './body.ts';
import { LIMITS, type Limits } from './limits.ts';
import { createRedactor, type Redactor } from './redact.ts';
import { bodyTypeOf, statusAnswer, successAnswer } from './status.ts';

export interface IngestOptions {
  /** Makes a submission durable; the request is acknowledged after it. */
  submit: Submit;
  reader: Reader;
  limits?: Partial<Limits>;
  /** Milliseconds since 1970. */
  clock: () => number;
  log: LogSink;
  /** Whether prompts, answers, arguments and results are kept. */
  content?: boolean;
  /** The keyed fingerprint of a credential. */
  fingerprint?: (secret: string) => string;
}

type IngestEnv = { Bindings: Partial<HttpBindings>; Variables: { request_id?: string } };

/** The workspace that exists at first start; without keys everybody on this machine sends into it. */
const WORKSPACE = 'default';

/** What is journalled of a request, and its columns. */
interface Accepted {
  decoded: Decoded;
  body: Uint8Array;
  encoding: BodyEncoding;
}

export const ingestRoutes = ({
  submit,
  reader,
  limits,
  clock,
  log,
  content = false,
  fingerprint,
}: IngestOptions): Hono => {
  const bounds = { ...LIMITS, ...limits };
  const redactor = createRedactor({ content, fingerprint });
  let inFlight = 0;

  const receive = async (c: Context<IngestEnv>, type: BodyType): Promise<Response> => {
    const encoding = encodingOf(c.req.header('content-encoding'));
    let held = 0;
    const hold = (bytes: number): void => {
      held += bytes;
      inFlight += bytes;
      if (inFlight > bounds.in_flight_bytes) {
        throw new AppError('overloaded', 'too many requests are being worked on');
      }
    };
    try {
      const { incoming } = c.env ?? {};
      const source = {
        incoming,
        told_bytes: Number(c.req.header('content-length') ?? Number.NaN),
        body: incoming === undefined ? c.req.raw.body : null,
      };
      const sent = await readBody(source, bounds.body_bytes);
      hold(sent.length);
      if (sent.length === 0) return successAnswer(type, { rejected: 0, rejected_reason: '' });
      const plain = encoding === 'gzip' ? await inflate(sent, bounds.inflated_bytes) : sent;
      hold(plain.length);
      const accepted =
        type === 'json'
          ? await acceptJson(plain, reader, redactor)
          : await acceptProtobuf(plain, encoding === 'gzip' ? sent : undefined, reader, redactor);
      const { decoded, body } = accepted;
      if (decoded.batch.spans > 0) {
        await submit({
          workspace: WORKSPACE,
          kind: 'otlp',
          type,
          encoding: accepted.encoding,
          body,
          batch: decoded.batch,
          received_at: clock() * 1000,
          // Without keys nobody says for which agents a sender may speak, and only this machine can send.
          attested: true,
        } satisfies Submission);
      }
      return successAnswer(type, decoded);
    } finally {
      inFlight -= held;
    }
  };

  const app = new Hono<IngestEnv>();
  app.all('/v1/traces', async (c) => {
    const type = bodyTypeOf(c.req.header('content-type'));
    try {
      if (c.req.method !== 'POST') {
        throw new AppError('method_not_allowed', `spans are sent with POST, got ${c.req.method}`);
      }
      if (type === undefined) {
        throw new AppError(
          'unsupported_media_type',
          'spans are sent as application/x-protobuf or application/json',
        );
      }
      return await receive(c, type);
    } catch (error) {
      const { request_id } = c.var;
      return statusAnswer(type ?? 'json', toldError(error, log, request_id), request_id);
    }
  });
  return app as unknown as Hono;
};

const acceptProtobuf = async (
  plain: Uint8Array,
  gzipped: Uint8Array | undefined,
  reader: Reader,
  redactor: Redactor,
): Promise<Accepted> => {
  // Redacted first, since a value that is cut has another place in the bytes.
  const redacted = redactor.protobuf(plain);
  const decoded = reader.protobuf(plain);
  const changed = redacted || decoded.rejected > 0;
  if (!changed && gzipped !== undefined && !hasGzipFields(gzipped)) {
    return { decoded, body: gzipped, encoding: 'gzip' };
  }
  return { decoded, body: await zstd(plain), encoding: 'zstd' };
};

/** JSON is written anew: a field told twice hides its first value from everybody but the disk. */
const acceptJson = async (
  plain: Uint8Array,
  reader: Reader,
  redactor: Redactor,
): Promise<Accepted> => {
  const document = reader.parse(plain);
  redactor.document(document);
  const decoded = reader.fromDocument(document);
  const body = await zstd(Buffer.from(JSON.stringify(document)));
  return { decoded, body, encoding: 'zstd' };
};

const encodingOf = (header: string | undefined): BodyEncoding => {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return 'none';
  if (encoding === 'gzip' || encoding === 'x-gzip') return 'gzip';
  throw new AppError('unsupported_media_type', 'a body is compressed with gzip or not at all');
};

/** Exporters drop a batch on 500 and send it again on 503, so what is no fault of theirs is 503. */
const toldError = (error: unknown, log: LogSink, request_id: string | undefined): AppError => {
  if (error instanceof AppError && error.status < 500) return error;
  const code = error instanceof AppError ? error.code : 'internal';
  const told = error instanceof Error ? error.message : String(error);
  log.error('spans refused', { request_id, code, error: told });
  if (error instanceof AppError && error.status === 503) return error;
  return new AppError('store_unavailable', 'the server failed, try again');
};
