// The protobuf decoder: from a request's bytes straight into columns, knowing few fields and passing over the rest.
import type { Decoded } from './batch.ts';
import { type Columns, createColumns } from './columns.ts';
import { type Cursor, readLength, readTag, skipField } from './cursor.ts';
import type { Keys } from './keys.ts';
import { createRejections, reject, rejectionText, type Rejections } from './rejection.ts';
import { createRepeats, type Repeats } from './repeats.ts';
import { makeUtf8 } from './utf8.ts';
import { ATTRIBUTE_OUTCOME, readAttribute } from './wire-attribute.ts';
import { clearSpan, readSpan } from './wire-span.ts';

/** Field × 8 + wire type, from opentelemetry/proto/{collector/trace,trace,common,resource}/v1. */
const REQUEST_RESOURCE_SPANS = 10;
const RESOURCE_SPANS_RESOURCE = 10;
const RESOURCE_SPANS_SCOPE_SPANS = 18;
const RESOURCE_ATTRIBUTE = 10;
const SCOPE_SPANS_SCOPE = 10;
const SCOPE_SPANS_SPAN = 18;
const SCOPE_NAME = 10;
/** Listed attributes expected on a span before any request was seen. */
const ATTRIBUTES_A_SPAN = 16;
/** Field 15 as a varint and its value 0: what a rejected span is overwritten with, since it says nothing. */
const BLANK_TAG = 0x78;

/** What one request's decoding shares. */
interface State {
  cursor: Cursor;
  columns: Columns;
  keys: Keys;
  rejections: Rejections;
  repeats: Repeats;
  /** Spans seen so far, rejected ones counted. */
  seen: number;
}

/** Decodes requests one after the other; it remembers only how many attributes spans usually have. */
export const createWireReader = (keys: Keys): ((bytes: Uint8Array) => Decoded) => {
  let attributesASpan = ATTRIBUTES_A_SPAN;
  return (bytes) => {
    const cursor: Cursor = { bytes, at: 0 };
    const counted = countSpans(bytes);
    const columns = createColumns(bytes, {
      ...counted,
      attributes: Math.ceil(counted.spans * attributesASpan) + 16,
      items: counted.spans,
    });
    const state: State = {
      cursor,
      columns,
      keys,
      rejections: createRejections(),
      repeats: createRepeats(bytes),
      seen: 0,
    };
    while (cursor.at < bytes.length) {
      const tag = readTag(cursor, bytes.length);
      if (tag === REQUEST_RESOURCE_SPANS)
        readResourceSpans(state, readLength(cursor, bytes.length));
      else skipField(cursor, tag, bytes.length);
    }
    const { batch } = columns;
    batch.attributes.first[batch.spans] = columns.attributes_used;
    batch.resource_attributes.first[batch.resources] = columns.resource_attributes_used;
    if (columns.nested !== undefined) batch.bytes = withNested(bytes, columns.nested.store.bytes());
    if (batch.spans > 0) attributesASpan = (columns.attributes_used / batch.spans) * 1.1 + 1;
    return {
      batch,
      rejected: state.rejections.count,
      rejected_reason: rejectionText(state.rejections),
    };
  };
};

/** The request with the JSON of its nested values behind it. */
const withNested = (bytes: Uint8Array, nested: Uint8Array): Uint8Array => {
  const both = new Uint8Array(bytes.length + nested.length);
  both.set(bytes);
  both.set(nested, bytes.length);
  return both;
};

/** How many spans and resources a body claims to hold, by lengths alone, so that columns fit at once. */
const countSpans = (bytes: Uint8Array): { spans: number; resources: number } => {
  const cursor: Cursor = { bytes, at: 0 };
  let spans = 0;
  let resources = 0;
  const end = bytes.length;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== REQUEST_RESOURCE_SPANS) {
      skipField(cursor, tag, end);
      continue;
    }
    resources += 1;
    const resourceEnd = readLength(cursor, end);
    while (cursor.at < resourceEnd) {
      const inner = readTag(cursor, resourceEnd);
      if (inner !== RESOURCE_SPANS_SCOPE_SPANS) {
        skipField(cursor, inner, resourceEnd);
        continue;
      }
      const scopeEnd = readLength(cursor, resourceEnd);
      while (cursor.at < scopeEnd) {
        const span = readTag(cursor, scopeEnd);
        if (span === SCOPE_SPANS_SPAN) spans += 1;
        skipField(cursor, span, scopeEnd);
      }
    }
  }
  return { spans, resources };
};

/** The resource first, then its spans: on the wire it may stand behind them. */
const readResourceSpans = (state: State, end: number): void => {
  const { cursor, columns } = state;
  const start = cursor.at;
  const resource = columns.batch.resources;
  columns.batch.resources += 1;
  columns.batch.resource_attributes.first[resource] = columns.resource_attributes_used;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === RESOURCE_SPANS_RESOURCE) readResource(state, readLength(cursor, end));
    else skipField(cursor, tag, end);
  }
  cursor.at = start;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === RESOURCE_SPANS_SCOPE_SPANS) {
      readScopeSpans(state, readLength(cursor, end), resource);
    } else skipField(cursor, tag, end);
  }
};

const readResource = (state: State, end: number): void => {
  const { cursor, columns } = state;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== RESOURCE_ATTRIBUTE) {
      skipField(cursor, tag, end);
      continue;
    }
    const outcome = readAttribute(
      cursor,
      readLength(cursor, end),
      state.keys,
      columns,
      columns.batch.resource_attributes,
      columns.resource_attributes_used,
    );
    if (outcome === ATTRIBUTE_OUTCOME.kept) columns.resource_attributes_used += 1;
  }
};

const readScopeSpans = (state: State, end: number, resource: number): void => {
  const { cursor } = state;
  const start = cursor.at;
  let nameAt = 0;
  let nameEnd = 0;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== SCOPE_SPANS_SCOPE) {
      skipField(cursor, tag, end);
      continue;
    }
    const scopeEnd = readLength(cursor, end);
    while (cursor.at < scopeEnd) {
      const inner = readTag(cursor, scopeEnd);
      if (inner !== SCOPE_NAME) {
        skipField(cursor, inner, scopeEnd);
        continue;
      }
      nameEnd = readLength(cursor, scopeEnd);
      nameAt = cursor.at;
      cursor.at = nameEnd;
    }
  }
  makeUtf8(cursor.bytes, nameAt, nameEnd);
  cursor.at = start;
  const { batch } = state.columns;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== SCOPE_SPANS_SPAN) {
      skipField(cursor, tag, end);
      continue;
    }
    const at = batch.spans;
    batch.resource[at] = resource;
    batch.scope_name[at * 2] = nameAt;
    batch.scope_name[at * 2 + 1] = nameEnd - nameAt;
    keepOrReject(state, readLength(cursor, end));
  }
};

const keepOrReject = (state: State, end: number): void => {
  const { cursor, columns } = state;
  const { batch } = columns;
  const start = cursor.at;
  batch.index[batch.spans] = state.seen;
  state.seen += 1;
  const attributesBefore = columns.attributes_used;
  const itemsBefore = columns.items_used;
  batch.attributes.first[batch.spans] = attributesBefore;
  const rejection = readSpan(cursor, end, state.keys, columns, state.repeats);
  if (rejection === undefined) {
    batch.spans += 1;
    return;
  }
  reject(state.rejections, rejection);
  columns.attributes_used = attributesBefore;
  columns.items_used = itemsBefore;
  clearSpan(batch, batch.spans);
  blank(cursor.bytes, start, end);
  // Its attributes are gone, and nothing may point at them.
  state.repeats.forget();
};

/** Overwrites a message with fields that nobody reads; no message is one byte long, so it can be filled. */
const blank = (bytes: Uint8Array, start: number, end: number): void => {
  for (let i = start; i + 1 < end; i += 2) {
    bytes[i] = BLANK_TAG;
    bytes[i + 1] = 0;
  }
  if ((end - start) % 2 === 0) return;
  // What is left over of an odd length makes the last number one of two bytes.
  bytes[end - 2] = 0x80;
  bytes[end - 1] = 0;
};
