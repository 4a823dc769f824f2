// The JSON decoder (OTLP's JSON encoding of protobuf): the same columns from a parsed document.
import type { Decoded } from './batch.ts';
import { type Columns, createColumns } from './columns.ts';
import { decodeAttributes } from './json-attribute.ts';
import { at, itemsOf, type JsonObject, objectOf, textOf } from './json-value.ts';
import type { Keys } from './keys.ts';
import { ATTRIBUTES_MAX, INSTANT_MAX, JSON_DEPTH_MAX } from './limits.ts';
import { malformed, tooManyObjects } from './malformed.ts';
import { createRejections, reject, type Rejection, rejectionText } from './rejection.ts';
import { createTextStore, type TextStore } from './text-store.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Listed attributes expected on a span. */
const ATTRIBUTES_A_SPAN = 16;

/** A body as plain values, at most so many of them. Invalid UTF-8 becomes U+FFFD. Throws AppError `bad_request`. */
export const parseJson = (bytes: Uint8Array, objects_max: number): unknown => {
  checkBrackets(bytes, objects_max);
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    throw malformed('it is no JSON');
  }
};

/** Brackets are counted before anything recursive sees the body. */
const checkBrackets = (bytes: Uint8Array, objects_max: number): void => {
  let depth = 0;
  let objects = 0;
  let inString = false;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number;
    if (inString) {
      if (byte === BACKSLASH) i += 1;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) inString = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      objects += 1;
      if (depth > JSON_DEPTH_MAX) {
        throw malformed(`JSON is nested deeper than ${String(JSON_DEPTH_MAX)}`);
      }
      if (objects > objects_max) throw tooManyObjects();
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
};

interface State {
  columns: Columns;
  texts: TextStore;
  keys: Keys;
}

export const decodeJson = (document: unknown, keys: Keys): Decoded => {
  const request = objectOf(document, 'the request');
  const resourceSpans = itemsOf(request, 'resourceSpans');
  const spanLists = resourceSpans.map((resource) =>
    itemsOf(objectOf(resource, 'resourceSpans'), 'scopeSpans').map((scope) => ({
      scope: objectOf(scope, 'scopeSpans'),
      spans: itemsOf(objectOf(scope, 'scopeSpans'), 'spans'),
    })),
  );
  const count = spanLists.flat().reduce((sum, { spans }) => sum + spans.length, 0);
  const columns = createColumns(new Uint8Array(0), {
    spans: count,
    resources: resourceSpans.length,
    attributes: count * ATTRIBUTES_A_SPAN,
    items: count,
  });
  const { batch } = columns;
  const state: State = { columns, texts: createTextStore(), keys };
  const rejections = createRejections();
  let seen = 0;
  spanLists.forEach((scopes, resource) => {
    readResource(state, objectOf(resourceSpans[resource], 'resourceSpans'), resource);
    for (const { scope, spans } of scopes) {
      const named = objectOf(at(scope, 'scope') ?? {}, 'scope');
      const name = state.texts.put(textOf(named, 'name'));
      spans.forEach((span, place) => {
        const row = batch.spans;
        const attributesBefore = columns.attributes_used;
        const itemsBefore = columns.items_used;
        batch.attributes.first[row] = attributesBefore;
        batch.index[row] = seen;
        batch.resource[row] = resource;
        batch.scope_name.set(name, row * 2);
        seen += 1;
        const rejection = readSpan(state, objectOf(span, 'spans'), row);
        if (rejection === undefined) {
          batch.spans += 1;
          return;
        }
        reject(rejections, rejection);
        columns.attributes_used = attributesBefore;
        columns.items_used = itemsBefore;
        spans[place] = {};
      });
    }
  });
  batch.bytes = state.texts.bytes();
  batch.resources = resourceSpans.length;
  batch.attributes.first[batch.spans] = columns.attributes_used;
  batch.resource_attributes.first[batch.resources] = columns.resource_attributes_used;
  return { batch, rejected: rejections.count, rejected_reason: rejectionText(rejections) };
};

const readResource = (state: State, owner: JsonObject, row: number): void => {
  const { columns } = state;
  columns.batch.resource_attributes.first[row] = columns.resource_attributes_used;
  const list = itemsOf(objectOf(at(owner, 'resource') ?? {}, 'resource'), 'attributes');
  const from = columns.resource_attributes_used;
  const { used } = decodeAttributes(list, state, columns.batch.resource_attributes, from);
  columns.resource_attributes_used = used;
};

const readSpan = (state: State, span: JsonObject, row: number): Rejection | undefined => {
  const { columns, texts } = state;
  const { batch } = columns;
  let rejection: Rejection | undefined;
  if (!readId(at(span, 'traceId'), batch.trace_id, row, 16)) rejection = 'trace id';
  if (!readId(at(span, 'spanId'), batch.span_id, row, 8)) rejection ??= 'span id';
  const parent = at(span, 'parentSpanId') ?? '';
  if (!readId(parent, batch.parent_span_id, row, 8)) {
    batch.parent_span_id.fill(0, row * 8, row * 8 + 8);
    if (parent !== '' && parent !== '0000000000000000') rejection ??= 'parent span id';
  }
  batch.name.set(texts.put(textOf(span, 'name')), row * 2);
  batch.trace_state.set(texts.put(textOf(span, 'traceState')), row * 2);
  batch.kind[row] = enumOf(at(span, 'kind'), 'kind');
  const status = objectOf(at(span, 'status') ?? {}, 'status');
  batch.status_code[row] = enumOf(at(status, 'code'), 'status code');
  const started = instantOf(at(span, 'startTimeUnixNano'));
  batch.started_at[row] = started;
  batch.ended_at[row] = Math.max(started, instantOf(at(span, 'endTimeUnixNano')));
  const attributes = itemsOf(span, 'attributes');
  if (attributes.length > ATTRIBUTES_MAX) return rejection ?? 'attributes';
  const from = columns.attributes_used;
  const { used, keyTooLong } = decodeAttributes(attributes, state, batch.attributes, from);
  columns.attributes_used = used;
  return rejection ?? (keyTooLong ? 'key' : undefined);
};

/** Hex in any case; false where it is no id of that size or all zero. */
const readId = (value: unknown, column: Uint8Array, row: number, size: number): boolean => {
  if (typeof value !== 'string' || value.length !== size * 2) return false;
  let any = 0;
  for (let i = 0; i < size; i++) {
    const byte = (hexDigit(value.charCodeAt(i * 2)) << 4) | hexDigit(value.charCodeAt(i * 2 + 1));
    if (byte < 0) return false;
    any |= byte;
    column[row * size + i] = byte;
  }
  return any !== 0;
};

/** The value of a hex digit, or a number that leaves a byte made of it negative. */
const hexDigit = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -0x100;
};

const enumOf = (value: unknown, name: string): number => {
  if (value === undefined || value === null) return 0;
  if (typeof value !== 'number' || !Number.isInteger(value)) {
    throw malformed(`${name} must be an integer`);
  }
  return value >= 0 && value <= 255 ? value : 0;
};

/** Nanoseconds, as digits or as a number, in whole microseconds; outside of what a column holds clamped. */
const instantOf = (value: unknown): number => {
  if (value === undefined || value === null || value === '') return 0;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw malformed('an instant must be finite');
    return Math.min(Math.max(Math.floor(value / 1000), 0), INSTANT_MAX);
  }
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) {
    throw malformed('an instant must be nanoseconds');
  }
  return Math.min(Math.max(Number(value.slice(0, -3)), 0), INSTANT_MAX);
};
