// One KeyValue of a protobuf request: a row of the attribute columns where its key is listed.
import { type Attributes, VALUE } from './batch.ts';
import { type Columns, pushItem, roomForAttribute } from './columns.ts';
import {
  type Cursor,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipBytes,
  skipField,
} from './cursor.ts';
import type { Keys } from './keys.ts';
import { KEY_BYTES_MAX } from './limits.ts';
import { checkNesting, createNestedTexts, isNesting, putNested } from './nested.ts';
import { makeUtf8 } from './utf8.ts';

/** Field × 8 + wire type, from opentelemetry/proto/common/v1/common.proto. */
const KEY = 10;
const KEY_VALUE = 18;
const ANY = { string: 10, bool: 16, int: 24, double: 33, array: 42, map: 50, bytes: 58 } as const;
const ARRAY_VALUE = 10;

export const ATTRIBUTE_OUTCOME = { left_out: 0, kept: 1, key_too_long: 2 } as const;
export type AttributeOutcome = (typeof ATTRIBUTE_OUTCOME)[keyof typeof ATTRIBUTE_OUTCOME];

/** Reads the KeyValue that ends at `end`; where its key is listed and it has a value, row `row` is written. */
export const readAttribute = (
  cursor: Cursor,
  end: number,
  keys: Keys,
  columns: Columns,
  attributes: Attributes,
  row: number,
): AttributeOutcome => {
  let keyAt = 0;
  let keyEnd = 0;
  let valueAt = 0;
  let valueEnd = -1;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag === KEY) {
      keyEnd = readLength(cursor, end);
      keyAt = cursor.at;
      cursor.at = keyEnd;
    } else if (tag === KEY_VALUE) {
      valueEnd = readLength(cursor, end);
      valueAt = cursor.at;
      cursor.at = valueEnd;
    } else skipField(cursor, tag, end);
  }
  if (keyEnd - keyAt > KEY_BYTES_MAX) return ATTRIBUTE_OUTCOME.key_too_long;
  if (valueEnd > valueAt && isNesting(cursor.bytes[valueAt] as number)) {
    checkNesting(cursor.bytes, valueAt, valueEnd);
  }
  const key = keys.find(cursor.bytes, keyAt, keyEnd);
  if (key < 0 || valueEnd < 0) return ATTRIBUTE_OUTCOME.left_out;
  roomForAttribute(attributes, row);
  attributes.key[row] = key;
  attributes.ordinal[row] = keys.ordinal;
  cursor.at = valueAt;
  readValue(cursor, valueEnd, columns, attributes, row);
  cursor.at = end;
  return ATTRIBUTE_OUTCOME.kept;
};

/** Row `to` says what row `from` says: where the same bytes stand again, the first ones serve for both. */
export const copyAttribute = (attributes: Attributes, from: number, to: number): void => {
  roomForAttribute(attributes, to);
  attributes.key[to] = attributes.key[from] as number;
  attributes.kind[to] = attributes.kind[from] as number;
  attributes.number[to] = attributes.number[from] as number;
  attributes.slice[2 * to] = attributes.slice[2 * from] as number;
  attributes.slice[2 * to + 1] = attributes.slice[2 * from + 1] as number;
  attributes.ordinal[to] = attributes.ordinal[from] as number;
};

/** An AnyValue; of several values the last one counts, as protobuf says of a oneof. */
const readValue = (
  cursor: Cursor,
  end: number,
  columns: Columns,
  attributes: Attributes,
  row: number,
): void => {
  let kind: number = VALUE.none;
  let number = 0;
  let first = 0;
  let count = 0;
  const start = cursor.at;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    switch (tag) {
      case ANY.string: {
        const stringEnd = readLength(cursor, end);
        kind = VALUE.string;
        first = cursor.at;
        count = stringEnd - first;
        cursor.at = stringEnd;
        break;
      }
      case ANY.bool:
        kind = VALUE.bool;
        number = readVarint(cursor, end) === 0 ? 0 : 1;
        break;
      case ANY.int:
        kind = VALUE.int;
        number = readInt64(cursor, end);
        break;
      case ANY.double:
        kind = VALUE.double;
        number = doubleAt(cursor.bytes, skipBytes(cursor, 8, end));
        break;
      case ANY.array: {
        const arrayEnd = readLength(cursor, end);
        kind = VALUE.list;
        first = columns.items_used;
        if (readItems(cursor, arrayEnd, columns)) kind = VALUE.json;
        count = columns.items_used - first;
        break;
      }
      case ANY.map:
        kind = VALUE.json;
        cursor.at = readLength(cursor, end);
        break;
      case ANY.bytes:
        kind = VALUE.none;
        cursor.at = readLength(cursor, end);
        break;
      default:
        skipField(cursor, tag, end);
    }
  }
  if (kind === VALUE.string) makeUtf8(cursor.bytes, first, first + count);
  if (kind === VALUE.json) {
    checkNesting(cursor.bytes, start, end);
    columns.nested ??= createNestedTexts();
    const place = putNested(columns.nested, cursor.bytes, start, end);
    if (place === null) kind = VALUE.none;
    else [first, count] = place;
  }
  const sliced = kind === VALUE.string || kind === VALUE.list || kind === VALUE.json;
  attributes.kind[row] = kind;
  attributes.number[row] = sliced || kind === VALUE.none ? 0 : number;
  attributes.slice[row * 2] = sliced ? first : 0;
  attributes.slice[row * 2 + 1] = sliced ? count : 0;
};

/** The strings of an ArrayValue; what is no string is left out. True where lists or maps stand in it. */
const readItems = (cursor: Cursor, end: number, columns: Columns): boolean => {
  let nesting = false;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== ARRAY_VALUE) {
      skipField(cursor, tag, end);
      continue;
    }
    const itemEnd = readLength(cursor, end);
    let at = -1;
    let length = 0;
    while (cursor.at < itemEnd) {
      const inner = readTag(cursor, itemEnd);
      if (inner !== ANY.string) {
        if (inner >= ANY.bool && inner < 64) at = -1;
        if (isNesting(inner)) nesting = true;
        skipField(cursor, inner, itemEnd);
        continue;
      }
      const stringEnd = readLength(cursor, itemEnd);
      at = cursor.at;
      length = stringEnd - at;
      cursor.at = stringEnd;
    }
    if (at < 0) continue;
    makeUtf8(cursor.bytes, at, at + length);
    pushItem(columns, at, length);
  }
  return nesting;
};

const doubleAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset + at, 8).getFloat64(0, true);
