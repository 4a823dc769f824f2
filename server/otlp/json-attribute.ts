// Attributes of a JSON request: rows of the attribute columns where their keys are listed.
import { type Attributes, VALUE, type ValueKind } from './batch.ts';
import { type Columns, pushItem, roomForAttribute } from './columns.ts';
import { checkDepth, isNested, jsonText } from './json-nested.ts';
import { at, itemsOf, type JsonObject, objectOf, textOf } from './json-value.ts';
import type { Keys } from './keys.ts';
import { KEY_BYTES_MAX } from './limits.ts';
import { malformed } from './malformed.ts';
import type { TextStore } from './text-store.ts';

interface Shared {
  columns: Columns;
  texts: TextStore;
  keys: Keys;
}

/** Doubles that JSON numbers cannot say are strings. */
const DOUBLE_WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
};

/** Writes rows from `row` on; answers the first row that is free then. */
export const decodeAttributes = (
  list: readonly unknown[],
  shared: Shared,
  attributes: Attributes,
  row: number,
): { used: number; keyTooLong: boolean } => {
  let used = row;
  let keyTooLong = false;
  for (const item of list) {
    const attribute = objectOf(item, 'an attribute');
    const key = textOf(attribute, 'key');
    if (key.length > KEY_BYTES_MAX || Buffer.byteLength(key) > KEY_BYTES_MAX) {
      keyTooLong = true;
      continue;
    }
    const value = at(attribute, 'value') ?? undefined;
    if (value !== undefined) checkDepth(value);
    const index = shared.keys.findText(key);
    if (index < 0 || value === undefined) continue;
    roomForAttribute(attributes, used);
    attributes.key[used] = index;
    attributes.ordinal[used] = shared.keys.ordinal;
    writeValue(objectOf(value, 'a value'), shared, attributes, used);
    used += 1;
  }
  return { used, keyTooLong };
};

const writeValue = (
  value: JsonObject,
  { columns, texts }: Shared,
  attributes: Attributes,
  row: number,
): void => {
  const write = (kind: ValueKind, number: number, first: number, count: number): void => {
    attributes.kind[row] = kind;
    attributes.number[row] = number;
    attributes.slice[row * 2] = first;
    attributes.slice[row * 2 + 1] = count;
  };
  const has = (name: string): boolean => (at(value, name) ?? null) !== null;
  if (has('stringValue')) write(VALUE.string, 0, ...texts.put(textOf(value, 'stringValue')));
  else if (has('boolValue')) write(VALUE.bool, boolOf(at(value, 'boolValue')), 0, 0);
  else if (has('intValue')) write(VALUE.int, intOf(at(value, 'intValue')), 0, 0);
  else if (has('doubleValue')) write(VALUE.double, doubleOf(at(value, 'doubleValue')), 0, 0);
  else if (isNested(value)) {
    const json = jsonText(value);
    if (json === null) write(VALUE.none, 0, 0, 0);
    else write(VALUE.json, 0, ...texts.put(json));
  } else if (has('arrayValue')) {
    const first = columns.items_used;
    for (const item of itemsOf(objectOf(at(value, 'arrayValue'), 'arrayValue'), 'values')) {
      const inner = objectOf(item ?? {}, 'a value');
      if (typeof at(inner, 'stringValue') !== 'string') continue;
      pushItem(columns, ...texts.put(textOf(inner, 'stringValue')));
    }
    write(VALUE.list, 0, first, columns.items_used - first);
  } else write(VALUE.none, 0, 0, 0);
};

const boolOf = (value: unknown): number => {
  if (typeof value !== 'boolean') throw malformed('boolValue must be true or false');
  return value ? 1 : 0;
};

/** A number, or digits as protobuf's JSON mapping writes 64-bit integers. */
const intOf = (value: unknown): number => {
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return Number(value) + 0;
  if (typeof value === 'number' && Number.isFinite(value)) return Math.trunc(value) + 0;
  throw malformed('intValue must be an integer');
};

const doubleOf = (value: unknown): number => {
  if (typeof value === 'number') return value;
  const number = typeof value === 'string' ? (DOUBLE_WORDS[value] ?? numberIn(value)) : undefined;
  if (number === undefined) throw malformed('doubleValue must be a number');
  return number;
};

const numberIn = (text: string): number | undefined => {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
};
