// Maps and lists of lists in a protobuf request: how deep they go, and their JSON text behind the request's bytes.
import {
  type Cursor,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipBytes,
  skipField,
} from './cursor.ts';
import { ANY_VALUE_DEPTH_MAX, NESTED_BYTES_MAX, NESTED_JSON_BYTES_MAX } from './limits.ts';
import { malformed } from './malformed.ts';
import { createTextStore, type TextStore } from './text-store.ts';
import { makeUtf8 } from './utf8.ts';

/** Field × 8 + wire type of AnyValue, ArrayValue, KeyValueList and KeyValue (common.proto). */
const ANY = { string: 10, bool: 16, int: 24, double: 33, array: 42, map: 50, bytes: 58 } as const;
const VALUES = 10;
const KEY = 10;
const KEY_VALUE = 18;

/** JSON texts of one request, and the nested value read last: the same tools are told with every call of a model. */
export interface NestedTexts {
  store: TextStore;
  last: { start: number; end: number; place: readonly [offset: number, length: number] } | null;
  used: number;
}

/** Whether an AnyValue that begins with this tag holds others. */
export const isNesting = (tag: number): boolean => tag === ANY.array || tag === ANY.map;

/** Throws AppError `bad_request` where the AnyValue in bytes[start..end) is nested deeper than 32, or is none. */
export const checkNesting = (bytes: Uint8Array, start: number, end: number, depth = 1): void => {
  if (depth > ANY_VALUE_DEPTH_MAX) throw tooDeep();
  const cursor: Cursor = { bytes, at: start };
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (!isNesting(tag)) {
      skipField(cursor, tag, end);
      continue;
    }
    const itemsEnd = readLength(cursor, end);
    while (cursor.at < itemsEnd) {
      const item = readTag(cursor, itemsEnd);
      if (item !== VALUES) {
        skipField(cursor, item, itemsEnd);
        continue;
      }
      const itemEnd = readLength(cursor, itemsEnd);
      if (tag === ANY.array) checkNesting(bytes, cursor.at, itemEnd, depth + 1);
      else checkPair(bytes, cursor.at, itemEnd, depth + 1);
      cursor.at = itemEnd;
    }
  }
};

export const tooDeep = (): Error =>
  malformed(`a value is nested deeper than ${String(ANY_VALUE_DEPTH_MAX)}`);

const checkPair = (bytes: Uint8Array, start: number, end: number, depth: number): void => {
  const cursor: Cursor = { bytes, at: start };
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== KEY_VALUE) {
      skipField(cursor, tag, end);
      continue;
    }
    const valueEnd = readLength(cursor, end);
    checkNesting(bytes, cursor.at, valueEnd, depth);
    cursor.at = valueEnd;
  }
};

/**
 * Where the JSON of the AnyValue in bytes[start..end) stands behind the request's bytes; null where it is too
 * long to be read. Its depth is checked already.
 */
export const putNested = (
  texts: NestedTexts,
  bytes: Uint8Array,
  start: number,
  end: number,
): readonly [offset: number, length: number] | null => {
  if (end - start > NESTED_BYTES_MAX) return null;
  const { last } = texts;
  if (last !== null && isSame(bytes, start, end, last.start, last.end)) return last.place;
  const json = JSON.stringify(plainValue(bytes, start, end));
  texts.used += Buffer.byteLength(json);
  if (texts.used > NESTED_JSON_BYTES_MAX) return null;
  const [offset, length] = texts.store.put(json);
  const place = [bytes.length + offset, length] as const;
  texts.last = { start, end, place };
  return place;
};

export const createNestedTexts = (): NestedTexts => ({
  store: createTextStore(),
  last: null,
  used: 0,
});

const isSame = (bytes: Uint8Array, a: number, aEnd: number, b: number, bEnd: number): boolean =>
  aEnd - a === bEnd - b && Buffer.compare(bytes.subarray(a, aEnd), bytes.subarray(b, bEnd)) === 0;

/** An AnyValue as a plain value; of several the last one counts. Bytes are base64, as in OTLP's JSON. */
const plainValue = (bytes: Uint8Array, start: number, end: number): unknown => {
  const cursor: Cursor = { bytes, at: start };
  let value: unknown = null;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === ANY.bool) value = readVarint(cursor, end) !== 0;
    else if (tag === ANY.int) value = readInt64(cursor, end);
    else if (tag === ANY.double) {
      const at = skipBytes(cursor, 8, end);
      value = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
    } else if (isNesting(tag) || tag === ANY.string || tag === ANY.bytes) {
      const fieldEnd = readLength(cursor, end);
      value = isNesting(tag)
        ? plainItems(cursor, fieldEnd, tag === ANY.map)
        : textIn(bytes, cursor.at, fieldEnd, tag === ANY.bytes ? 'base64' : 'utf8');
      cursor.at = fieldEnd;
    } else skipField(cursor, tag, end);
  }
  return value;
};

const plainItems = (cursor: Cursor, end: number, pairs: boolean): unknown => {
  const { bytes } = cursor;
  const items: unknown[] = [];
  // Without a prototype, so that a key of any name is only a key.
  const map = Object.create(null) as Record<string, unknown>;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== VALUES) {
      skipField(cursor, tag, end);
      continue;
    }
    const itemEnd = readLength(cursor, end);
    if (pairs) putPair(map, { bytes, at: cursor.at }, itemEnd);
    else items.push(plainValue(bytes, cursor.at, itemEnd));
    cursor.at = itemEnd;
  }
  return pairs ? map : items;
};

const putPair = (map: Record<string, unknown>, cursor: Cursor, end: number): void => {
  let key = '';
  let value: unknown = null;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== KEY && tag !== KEY_VALUE) {
      skipField(cursor, tag, end);
      continue;
    }
    const fieldEnd = readLength(cursor, end);
    if (tag === KEY) key = textIn(cursor.bytes, cursor.at, fieldEnd, 'utf8');
    else value = plainValue(cursor.bytes, cursor.at, fieldEnd);
    cursor.at = fieldEnd;
  }
  map[key] = value;
};

const textIn = (
  bytes: Uint8Array,
  start: number,
  end: number,
  encoding: 'utf8' | 'base64',
): string => {
  if (encoding === 'utf8') makeUtf8(bytes, start, end);
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString(encoding);
};
