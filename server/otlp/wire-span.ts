// One Span of a protobuf request: a row of the columns, or the reason why it is left out.
import type { SpanBatch } from './batch.ts';
import type { Columns } from './columns.ts';
import {
  type Cursor,
  readLength,
  readTag,
  readVarint,
  skipBytes,
  skipField,
  uint32At,
} from './cursor.ts';
import type { Keys } from './keys.ts';
import { ATTRIBUTES_MAX, INSTANT_MAX } from './limits.ts';
import type { Rejection } from './rejection.ts';
import type { Repeats } from './repeats.ts';
import { makeUtf8 } from './utf8.ts';
import { ATTRIBUTE_OUTCOME, copyAttribute, readAttribute } from './wire-attribute.ts';

/** Field × 8 + wire type, from opentelemetry/proto/trace/v1/trace.proto. */
const SPAN = {
  trace_id: 10,
  span_id: 18,
  trace_state: 26,
  parent_span_id: 34,
  name: 42,
  kind: 48,
  started_at: 57,
  ended_at: 65,
  attribute: 74,
  status: 122,
} as const;
const STATUS_CODE = 24;

/** Enums as they fit a column; what OpenTelemetry does not know yet is 0, unspecified. */
const ENUM_MAX = 255;

/** What is noted of an attribute that makes no row; else it is the row's number + 1. */
const LEFT_OUT = 0;

/** Writes row `batch.spans` and the attributes of the span that ends at `end`. */
export const readSpan = (
  cursor: Cursor,
  end: number,
  keys: Keys,
  columns: Columns,
  repeats: Repeats,
): Rejection | undefined => {
  const { batch } = columns;
  const row = batch.spans;
  let rejection: Rejection | undefined;
  let attributes = 0;
  let traceIdSeen = false;
  let spanIdSeen = false;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    switch (tag) {
      case SPAN.attribute: {
        const attributeEnd = readLength(cursor, end);
        attributes += 1;
        if (attributes > ATTRIBUTES_MAX) {
          rejection ??= 'attributes';
          cursor.at = attributeEnd;
          break;
        }
        const at = columns.attributes_used;
        const start = cursor.at;
        const before = repeats.find(attributes, start, attributeEnd);
        if (before >= 0) {
          cursor.at = attributeEnd;
          if (before === LEFT_OUT) break;
          copyAttribute(batch.attributes, before - 1, at);
          columns.attributes_used = at + 1;
          break;
        }
        const outcome = readAttribute(cursor, attributeEnd, keys, columns, batch.attributes, at);
        if (outcome === ATTRIBUTE_OUTCOME.kept) columns.attributes_used = at + 1;
        else if (outcome === ATTRIBUTE_OUTCOME.key_too_long) rejection ??= 'key';
        const kept = outcome === ATTRIBUTE_OUTCOME.kept;
        repeats.note(attributes, start, attributeEnd, kept ? at + 1 : LEFT_OUT);
        break;
      }
      case SPAN.trace_id:
        traceIdSeen = true;
        if (!readId(cursor, end, batch.trace_id, row, 16)) rejection ??= 'trace id';
        break;
      case SPAN.span_id:
        spanIdSeen = true;
        if (!readId(cursor, end, batch.span_id, row, 8)) rejection ??= 'span id';
        break;
      case SPAN.parent_span_id:
        if (!readParent(cursor, end, batch.parent_span_id, row)) rejection ??= 'parent span id';
        break;
      case SPAN.trace_state:
        readText(cursor, end, batch.trace_state, row);
        break;
      case SPAN.name:
        readText(cursor, end, batch.name, row);
        break;
      case SPAN.kind:
        batch.kind[row] = smallEnum(readVarint(cursor, end));
        break;
      case SPAN.started_at:
        batch.started_at[row] = readInstant(cursor, end);
        break;
      case SPAN.ended_at:
        batch.ended_at[row] = readInstant(cursor, end);
        break;
      case SPAN.status:
        readStatus(cursor, readLength(cursor, end), batch, row);
        break;
      default:
        skipField(cursor, tag, end);
    }
  }
  if (!traceIdSeen) rejection ??= 'trace id';
  if (!spanIdSeen) rejection ??= 'span id';
  // A duration below nothing is told nowhere; the start is the instant that counts.
  const started = batch.started_at[row] as number;
  if ((batch.ended_at[row] as number) < started) batch.ended_at[row] = started;
  return rejection;
};

/** Takes back what a rejected span wrote, since the next one is written over it. */
export const clearSpan = (batch: SpanBatch, row: number): void => {
  batch.trace_id.fill(0, row * 16, row * 16 + 16);
  batch.span_id.fill(0, row * 8, row * 8 + 8);
  batch.parent_span_id.fill(0, row * 8, row * 8 + 8);
  batch.name.fill(0, row * 2, row * 2 + 2);
  batch.trace_state.fill(0, row * 2, row * 2 + 2);
  batch.kind[row] = 0;
  batch.status_code[row] = 0;
  batch.started_at[row] = 0;
  batch.ended_at[row] = 0;
};

const smallEnum = (value: number): number => (value <= ENUM_MAX ? value : 0);

/** False where the id is of another length or all zero. */
const readId = (
  cursor: Cursor,
  end: number,
  column: Uint8Array,
  row: number,
  size: number,
): boolean => {
  const idEnd = readLength(cursor, end);
  const from = cursor.at;
  cursor.at = idEnd;
  if (idEnd - from !== size) return false;
  const { bytes } = cursor;
  const to = row * size;
  let any = 0;
  for (let i = 0; i < size; i++) {
    const byte = bytes[from + i] as number;
    any |= byte;
    column[to + i] = byte;
  }
  return any !== 0;
};

/** A parent may be empty or all zero: the span is a root then. */
const readParent = (cursor: Cursor, end: number, column: Uint8Array, row: number): boolean => {
  const before = cursor.at;
  const idEnd = readLength(cursor, end);
  const length = idEnd - cursor.at;
  if (length === 8) {
    cursor.at = before;
    readId(cursor, end, column, row, 8);
    return true;
  }
  cursor.at = idEnd;
  column.fill(0, row * 8, row * 8 + 8);
  return length === 0;
};

const readText = (cursor: Cursor, end: number, column: Uint32Array, row: number): void => {
  const textEnd = readLength(cursor, end);
  const from = cursor.at;
  makeUtf8(cursor.bytes, from, textEnd);
  column[row * 2] = from;
  column[row * 2 + 1] = textEnd - from;
  cursor.at = textEnd;
};

/** Nanoseconds of a fixed64 as whole microseconds: 2^32 ns are 4,294,967 µs and 296 ns. */
const readInstant = (cursor: Cursor, end: number): number => {
  const at = skipBytes(cursor, 8, end);
  const low = uint32At(cursor.bytes, at);
  const high = uint32At(cursor.bytes, at + 4);
  return Math.min(high * 4_294_967 + Math.floor((high * 296 + low) / 1000), INSTANT_MAX);
};

const readStatus = (cursor: Cursor, end: number, batch: SpanBatch, row: number): void => {
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === STATUS_CODE) batch.status_code[row] = smallEnum(readVarint(cursor, end));
    else skipField(cursor, tag, end);
  }
};
