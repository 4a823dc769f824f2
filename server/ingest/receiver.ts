// The one way in for spans, whatever door they came by: held within limits, redacted, decoded, and handed on before they are acknowledged.
import { AppError } from '../errors.ts';
import type { BodyEncoding, BodyType, Submit } from '../model/submission.ts';
import type { Decoded } from '../otlp/batch.ts';
import type { Reader } from '../otlp/reader.ts';
import { decodeLogs } from '../otlp/wire-logs.ts';
import { translateLogs } from '../translate/log-records.ts';
import { type BodySource, hasGzipFields, inflate, readBody, zstd } from './body.ts';
import { LIMITS, type Limits } from './limits.ts';
import { createRedactor } from './redact.ts';

export interface ReceiverOptions {
  /** Makes a submission durable; the request is acknowledged after it. */
  submit: Submit;
  reader: Reader;
  limits?: Partial<Limits>;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Whether prompts, answers, arguments and results are kept. */
  content?: boolean;
  /** The keyed fingerprint of a credential. */
  fingerprint?: (secret: string) => string;
  /** Told how many log records of a request told nothing of permissions. */
  passedOver?: (records: number) => void;
}

/** What the sender is told of what was left out. */
export type Told = Pick<Decoded, 'rejected' | 'rejected_reason'>;

/** A body in memory, inflated; `gzipped` is how it came, where it came so. */
export interface Body {
  plain: Uint8Array;
  gzipped?: Uint8Array | undefined;
  /** False where the sender says that nobody vouches for what it tells. */
  attested?: boolean;
}

export interface Receiver {
  limits: Limits;
  /**
   * Runs `work` on a request's body, read and inflated within the limits; its bytes count as in flight until
   * `work` ends. Throws AppError `too_large`, `bad_request`, `unsupported_media_type` (any encoding but gzip), `overloaded`.
   */
  withBody<T>(
    source: BodySource,
    content_encoding: string | undefined,
    work: (body: Body) => Promise<T>,
  ): Promise<T>;
  /** The same for bytes that are in memory already, as a gRPC message is. */
  withBytes<T>(plain: Uint8Array, work: (body: Body) => Promise<T>): Promise<T>;
  /** Keeps an ExportTraceServiceRequest; resolves when it is durable. Throws AppError `bad_request` and what `submit` throws. */
  spans(type: BodyType, body: Body): Promise<Told>;
  /** What log records tell of permissions, kept as spans; the rest is counted. */
  logs(type: BodyType, body: Body): Promise<Told>;
  /** The same for a request as plain values (OTLP's JSON encoding): one that was made of other records, too. */
  document(document: unknown, attested?: boolean): Promise<Told>;
}

/** The workspace that exists at first start; without keys everybody on this machine sends into it. */
const WORKSPACE = 'default';

/** What is journalled of a request, and its columns. */
interface Accepted {
  decoded: Decoded;
  type: BodyType;
  encoding: BodyEncoding;
  body: Uint8Array;
  attested: boolean;
}

export const createReceiver = ({
  submit,
  reader,
  limits,
  clock,
  content = false,
  fingerprint,
  passedOver,
}: ReceiverOptions): Receiver => {
  const bounds = { ...LIMITS, ...limits };
  const redactor = createRedactor({ content, fingerprint });
  let inFlight = 0;

  const holding = async <T>(work: (hold: (bytes: number) => void) => Promise<T>): Promise<T> => {
    let held = 0;
    const hold = (bytes: number): void => {
      held += bytes;
      inFlight += bytes;
      if (inFlight > bounds.in_flight_bytes) {
        throw new AppError('overloaded', 'too many requests are being worked on');
      }
    };
    try {
      return await work(hold);
    } finally {
      inFlight -= held;
    }
  };

  const keep = async ({ decoded, type, encoding, body, attested }: Accepted): Promise<Told> => {
    const { batch } = decoded;
    // Without keys nobody says for which agents a sender may speak, and only this machine can send: its word stands.
    const said = { workspace: WORKSPACE, kind: 'otlp', attested } as const;
    const received_at = clock() * 1000;
    if (batch.spans > 0) await submit({ ...said, type, encoding, body, batch, received_at });
    return decoded;
  };

  const protobuf = async ({ plain, gzipped, attested = true }: Body): Promise<Told> => {
    // Redacted first, since a value that is cut has another place in the bytes.
    const redacted = redactor.protobuf(plain);
    const decoded = reader.protobuf(plain);
    const changed = redacted || decoded.rejected > 0;
    const type = 'protobuf';
    if (!changed && gzipped !== undefined && !hasGzipFields(gzipped)) {
      return keep({ decoded, type, body: gzipped, encoding: 'gzip', attested });
    }
    return keep({ decoded, type, body: await zstd(plain), encoding: 'zstd', attested });
  };

  /** Written anew: a field told twice in JSON hides its first value from everybody but the disk. */
  const document = async (values: unknown, attested = true): Promise<Told> => {
    redactor.document(values);
    const decoded = reader.fromDocument(values);
    const body = await zstd(Buffer.from(JSON.stringify(values)));
    return keep({ decoded, type: 'json', body, encoding: 'zstd', attested });
  };

  const logs = async (values: unknown, attested?: boolean): Promise<Told> => {
    const { document: told, passed_over, rejected, rejected_reason } = translateLogs(values);
    if (told !== null) await document(told, attested);
    if (passed_over > 0) passedOver?.(passed_over);
    return { rejected, rejected_reason };
  };

  return {
    limits: bounds,
    withBody: (source, content_encoding, work) =>
      holding(async (hold) => {
        const is_gzip = isGzip(content_encoding);
        const sent = await readBody(source, bounds.body_bytes);
        hold(sent.length);
        if (!is_gzip || sent.length === 0) return work({ plain: sent });
        const plain = await inflate(sent, bounds.inflated_bytes);
        hold(plain.length);
        return work({ plain, gzipped: sent });
      }),
    withBytes: (plain, work) =>
      holding((hold) => {
        hold(plain.length);
        return work({ plain });
      }),
    spans: (type, body) =>
      type === 'json' ? document(reader.parse(body.plain), body.attested) : protobuf(body),
    logs: (type, body) =>
      logs(type === 'json' ? reader.parse(body.plain) : decodeLogs(body.plain), body.attested),
    document,
  };
};

const isGzip = (header: string | undefined): boolean => {
  const encoding = (header ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') return false;
  if (encoding === 'gzip' || encoding === 'x-gzip') return true;
  throw new AppError('unsupported_media_type', 'a body is compressed with gzip or not at all');
};
