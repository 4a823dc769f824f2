// Maps and lists of lists in a JSON request: how deep they go, and their text as plain JSON.
import { at, itemsOf, type JsonObject, objectOf, textOf } from './json-value.ts';
import { ANY_VALUE_DEPTH_MAX, NESTED_BYTES_MAX } from './limits.ts';
import { tooDeep } from './nested.ts';

/** Throws AppError `bad_request` where an AnyValue is nested deeper than 32. */
export const checkDepth = (value: unknown, depth = 1): void => {
  if (depth > ANY_VALUE_DEPTH_MAX) throw tooDeep();
  for (const item of itemsIn(value)) checkDepth(item, depth + 1);
};

/** Whether an AnyValue is a map, or a list in which maps or lists stand. */
export const isNested = (value: JsonObject): boolean =>
  (at(value, 'kvlistValue') ?? null) !== null ||
  itemsIn(value).some((item) => {
    const inner = objectOf(item ?? {}, 'a value');
    return ['arrayValue', 'kvlistValue'].some((name) => (at(inner, name) ?? null) !== null);
  });

/** An AnyValue as plain JSON, null where it is too long to be read. */
export const jsonText = (value: unknown): string | null => {
  const text = JSON.stringify(plainValue(value));
  return Buffer.byteLength(text) <= NESTED_BYTES_MAX ? text : null;
};

/** The values in a list or map, [] in any other. */
const itemsIn = (value: unknown): unknown[] => {
  const object = objectOf(value ?? {}, 'a value');
  const list = at(object, 'arrayValue') ?? null;
  if (list !== null) return itemsOf(objectOf(list, 'arrayValue'), 'values');
  const map = at(object, 'kvlistValue') ?? null;
  if (map === null) return [];
  return itemsOf(objectOf(map, 'kvlistValue'), 'values').map((pair) =>
    at(objectOf(pair ?? {}, 'an attribute'), 'value'),
  );
};

const plainValue = (value: unknown): unknown => {
  const object = objectOf(value ?? {}, 'a value');
  for (const name of ['stringValue', 'boolValue', 'doubleValue', 'bytesValue']) {
    const scalar = at(object, name) ?? null;
    if (scalar !== null) return scalar;
  }
  const int = at(object, 'intValue') ?? null;
  if (int !== null) return typeof int === 'string' ? Number(int) : int;
  const map = at(object, 'kvlistValue') ?? null;
  if (map === null) return at(object, 'arrayValue') ? itemsIn(value).map(plainValue) : null;
  // Without a prototype, so that a key of any name is only a key.
  const plain = Object.create(null) as Record<string, unknown>;
  for (const pair of itemsOf(objectOf(map, 'kvlistValue'), 'values')) {
    const entry = objectOf(pair ?? {}, 'an attribute');
    plain[textOf(entry, 'key')] = plainValue(at(entry, 'value'));
  }
  return plain;
};
