// Answers of OTLP over HTTP and gRPC: success, partial success, and google.rpc.Status in the request's own type.
import type { AppError } from '../errors.ts';
import type { BodyType } from '../model/submission.ts';
import { MESSAGE_LENGTH_MAX, RETRY_AFTER_S } from './limits.ts';

const CONTENT_TYPE: Record<BodyType, string> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};

/** google.rpc.Code by HTTP status (google/rpc/code.proto). */
const RPC_CODE: Partial<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  421: 3,
  429: 8,
  503: 14,
};
const RPC_INTERNAL = 13;

/** What a request carries, by the word that a sender knows it by. */
export type Signal = 'spans' | 'log records';

const REJECTED: Record<Signal, string> = {
  spans: 'rejectedSpans',
  'log records': 'rejectedLogRecords',
};

/** 200: everything kept leaves `partial_success` unset, zero bytes or `{}`. */
export const successAnswer = (
  type: BodyType,
  signal: Signal,
  { rejected, rejected_reason }: { rejected: number; rejected_reason: string },
): Response => {
  if (type === 'json') {
    if (rejected === 0) return answer(type, 200, '{}');
    const errorMessage = rejected_reason.slice(0, MESSAGE_LENGTH_MAX);
    const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage };
    return answer(type, 200, JSON.stringify({ partialSuccess }));
  }
  return answer(type, 200, successBytes({ rejected, rejected_reason }));
};

/** The same as protobuf bytes, whose field numbers every signal has in common. */
export const successBytes = ({
  rejected,
  rejected_reason,
}: {
  rejected: number;
  rejected_reason: string;
}): Uint8Array<ArrayBuffer> => {
  if (rejected === 0) return new Uint8Array(0);
  const message = rejected_reason.slice(0, MESSAGE_LENGTH_MAX);
  const partial = [...varintField(1, rejected), ...textField(2, message)];
  return Uint8Array.from([0x0a, ...varint(partial.length), ...partial]);
};

/** The detail in which a Status names the request (google/rpc/error_details.proto). */
const REQUEST_INFO = 'type.googleapis.com/google.rpc.RequestInfo';

/** A google.rpc.Status of the error, with the request's id as a detail; 429 and 503 say when to try again. */
export const statusAnswer = (type: BodyType, error: AppError, request_id?: string): Response => {
  const code = RPC_CODE[error.status] ?? RPC_INTERNAL;
  const message = error.message.slice(0, MESSAGE_LENGTH_MAX);
  const id = request_id ?? '';
  const body =
    type === 'json'
      ? JSON.stringify({ code, message, ...(id === '' ? {} : { details: [detailOf(id)] }) })
      : Uint8Array.from([
          ...varintField(1, code),
          ...textField(2, message),
          ...(id === '' ? [] : detailField(id)),
        ]);
  const response = answer(type, error.status, body);
  if (error.status === 429 || error.status === 503) {
    response.headers.set('retry-after', String(RETRY_AFTER_S));
  }
  if (error.status === 405) response.headers.set('allow', 'POST');
  return response;
};

/** When a client may try again (google/rpc/error_details.proto); without it, it drops a batch for which there was no room. */
const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** The same for gRPC: code, message, and the Status that `grpc-status-details-bin` carries. */
export const grpcStatus = (
  error: AppError,
): { code: number; message: string; details: Uint8Array } => {
  const code = RPC_CODE[error.status] ?? RPC_INTERNAL;
  const message = error.message.slice(0, MESSAGE_LENGTH_MAX);
  const is_transient = error.status === 429 || error.status === 503;
  const retry = is_transient ? anyField(RETRY_INFO, retryInfo()) : [];
  const details = Uint8Array.from([...varintField(1, code), ...textField(2, message), ...retry]);
  return { code, message, details };
};

/** `retry_delay`, a Duration whose field 1 is seconds. */
const retryInfo = (): number[] => {
  const duration = varintField(1, RETRY_AFTER_S);
  return [1 * 8 + 2, ...varint(duration.length), ...duration];
};

/** The type that a Content-Type header names, parameters aside. */
export const bodyTypeOf = (contentType: string | undefined): BodyType | undefined => {
  const media = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (media === 'application/json') return 'json';
  return media === 'application/x-protobuf' ? 'protobuf' : undefined;
};

const answer = (type: BodyType, status: number, body: string | Uint8Array<ArrayBuffer>): Response =>
  new Response(body, {
    status,
    headers: { 'content-type': CONTENT_TYPE[type], 'cache-control': 'no-store' },
  });

const detailOf = (requestId: string) => ({ '@type': REQUEST_INFO, requestId });

/** The same in protobuf: an Any (field 3) of the type's name and its bytes, whose field 1 is the id. */
const detailField = (request_id: string): number[] =>
  anyField(REQUEST_INFO, textField(1, request_id));

const anyField = (type: string, value: readonly number[]): number[] => {
  const any = [...textField(1, type), 2 * 8 + 2, ...varint(value.length), ...value];
  return [3 * 8 + 2, ...varint(any.length), ...any];
};

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
};

const varintField = (field: number, value: number): number[] => [field * 8, ...varint(value)];

const textField = (field: number, text: string): number[] => {
  const bytes = Buffer.from(text);
  return [field * 8 + 2, ...varint(bytes.length), ...bytes];
};
