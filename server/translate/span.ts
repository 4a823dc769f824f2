// Builds spans from records of other kinds: an ExportTraceServiceRequest as plain values (OTLP's JSON encoding), for the receiver's `document`.
import { createHash } from 'node:crypto';

export type AttributeValue = string | number | boolean | readonly string[];

/** What is undefined or null is left out. */
export type Attributes = Readonly<Record<string, AttributeValue | null | undefined>>;

export interface Told {
  name: string;
  /** 32 hex digits that are not all zero; otherwise the trace is made of `trace_of`. */
  trace_id?: string | undefined;
  /** What the records of one trace have in common and others have not, where no trace id is told: a session, say. */
  trace_of?: readonly unknown[];
  /** 16 hex digits that are not all zero; otherwise the span has no parent. */
  parent_span_id?: string | undefined;
  /** What tells this record from every other one; the span's id is made of it, so that a record sent twice is one span. */
  identity: readonly unknown[];
  /** Nanoseconds since 1970. */
  started_at: bigint;
  /** `started_at` where nothing else is told. */
  ended_at?: bigint;
  attributes: Attributes;
  /** An engine or a tool failed: status ERROR. */
  failed?: boolean;
}

/** Spans of one sender. */
export interface Sender {
  /** Attributes of the resource: `service.name` and what else holds for all of its spans. */
  resource: Attributes;
  /** The scope's name: what the records were translated from. */
  scope: string;
  spans: readonly Told[];
}

const TRACE_ID_BYTES = 16;
const SPAN_ID_BYTES = 8;
const STATUS_ERROR = 2;

/** An ExportTraceServiceRequest, made anew: what redaction changes in it is nobody else's. */
export const requestOf = (senders: readonly Sender[]): { resourceSpans: unknown[] } => ({
  resourceSpans: senders.map(({ resource, scope, spans }) => ({
    resource: { attributes: attributesOf(resource) },
    scopeSpans: [{ scope: { name: scope }, spans: spans.map(spanOf) }],
  })),
});

const spanOf = (told: Told): object => {
  const { name, identity, started_at, attributes, parent_span_id = '' } = told;
  const traceId = isId(told.trace_id, TRACE_ID_BYTES)
    ? told.trace_id.toLowerCase()
    : hashed(['trace', ...(told.trace_of ?? identity)], TRACE_ID_BYTES);
  const parent = isId(parent_span_id, SPAN_ID_BYTES)
    ? { parentSpanId: parent_span_id.toLowerCase() }
    : {};
  return {
    traceId,
    spanId: hashed(['span', traceId, ...identity], SPAN_ID_BYTES),
    ...parent,
    name,
    kind: 1,
    startTimeUnixNano: started_at.toString(),
    endTimeUnixNano: (told.ended_at ?? started_at).toString(),
    attributes: attributesOf(attributes),
    status: told.failed === true ? { code: STATUS_ERROR } : {},
  };
};

/** The first bytes of a hash; 64 bits of a cryptographic one are never all zero in practice. */
const hashed = (parts: readonly unknown[], bytes: number): string =>
  createHash('sha256')
    .update(
      JSON.stringify(parts, (_key, value: unknown) =>
        typeof value === 'bigint' ? `${String(value)}n` : value,
      ),
    )
    .digest('hex')
    .slice(0, bytes * 2);

const isId = (id: string | undefined, bytes: number): id is string =>
  id?.length === bytes * 2 && /^[0-9a-f]+$/i.test(id) && !/^0+$/.test(id);

const attributesOf = (attributes: Attributes): object[] =>
  Object.entries(attributes).flatMap(([key, value]) =>
    value === null || value === undefined ? [] : [{ key, value: valueOf(value) }],
  );

/** A number that is whole is an int64, which OTLP writes as digits. */
const valueOf = (value: AttributeValue): object => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') {
    return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
  }
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
};
