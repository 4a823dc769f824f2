// One span's or resource's attributes by field, read from the columns without an object a span.
import { VALUE, type Attributes, type SpanBatch } from '../otlp/batch.ts';
import { FIELD_KINDS, type Field, type FieldKind } from './conventions/convention.ts';
import { CONVENTIONS } from './conventions/all.ts';
import { cutEnd, type Strings } from './strings.ts';

/** Names, ids and reasons: longer ones are cut, since nothing real has them. */
const MAX_TEXT_BYTES = 1024;

/** Items of one list that are read; a surface snapshot is sent in parts of 500. */
const MAX_ITEMS = 10_000;

const FIELDS = Object.keys(FIELD_KINDS) as Field[];
const SLOT = Object.fromEntries(FIELDS.map((field, slot) => [field, slot])) as Record<
  Field,
  number
>;
const KINDS = FIELDS.map((field): FieldKind => FIELD_KINDS[field]);

/** Field, priority and conventions of each key, by the key's place in FACT_KEYS. */
const KEYS = CONVENTIONS.flatMap((convention, bit) =>
  Object.entries(convention.keys).map(([key, [field, priority]]) => ({
    key,
    field,
    priority,
    bit,
  })),
);

/** All attribute keys that any convention reads; the decoder keeps no other. `*` stands for a number. */
export const FACT_KEYS: readonly string[] = KEYS.map(({ key }) => key);

const KEY_SLOT = Uint8Array.from(KEYS, ({ field }) => SLOT[field]);
const KEY_PRIORITY = Uint8Array.from(KEYS, ({ priority }) => priority);
const KEY_BIT = Uint16Array.from(KEYS, ({ bit }) => 1 << bit);

const NOWHERE = -1;

/** The attributes of one owner (a span or a resource) at a time. */
export interface Reader {
  /** Look at the attributes of owner `i`; what was read before is forgotten. Returns a bit for each convention met. */
  readonly open: (i: number) => number;
  readonly has: (field: Field) => boolean;
  readonly text: (field: Field) => string | null;
  readonly list: (field: Field) => string[] | null;
  /** A whole number, else null. */
  readonly int: (field: Field) => number | null;
  readonly bool: (field: Field) => boolean | null;
  /** Slices of a string, the items of a list, or the values of a numbered key: offset and length in turn. */
  readonly slices: (field: Field) => number[];
}

/** Reads `attributes`, those of the batch's spans or of its resources. */
export const createReader = (
  batch: SpanBatch,
  bytes: Buffer,
  attributes: Attributes,
  strings: Strings,
): Reader => {
  const { first, key, kind, number, slice } = attributes;
  const items = batch.item_slices;
  const place = new Int32Array(FIELDS.length);
  const priority = new Uint8Array(FIELDS.length);
  let from = 0;
  let to = 0;

  const open = (i: number): number => {
    place.fill(NOWHERE);
    from = first[i] as number;
    to = first[i + 1] as number;
    let met = 0;
    for (let a = from; a < to; a++) {
      const k = key[a] as number;
      const slot = KEY_SLOT[k] as number;
      if (!fits(KINDS[slot] as FieldKind, kind[a] as number, slice[2 * a + 1] as number)) continue;
      met |= KEY_BIT[k] as number;
      const rank = KEY_PRIORITY[k] as number;
      if (place[slot] !== NOWHERE && (priority[slot] as number) > rank) continue;
      place[slot] = a;
      priority[slot] = rank;
    }
    return met;
  };

  const cut = (offset: number, length: number, isUnique: boolean): string => {
    const end = cutEnd(bytes, offset, length, MAX_TEXT_BYTES);
    return isUnique
      ? bytes.toString('utf8', offset, offset + end)
      : strings.cached(bytes, offset, end);
  };

  const text = (field: Field): string | null => {
    const a = place[SLOT[field]] as number;
    if (a === NOWHERE) return null;
    return cut(slice[2 * a] as number, slice[2 * a + 1] as number, FIELD_KINDS[field] === 'unique');
  };

  const slicesAt = (a: number): number[] => {
    if (kind[a] === VALUE.string || kind[a] === VALUE.json)
      return [slice[2 * a] as number, slice[2 * a + 1] as number];
    const start = slice[2 * a] as number;
    const count = Math.min(slice[2 * a + 1] as number, MAX_ITEMS);
    return Array.from(items.subarray(2 * start, 2 * (start + count)));
  };

  const slices = (field: Field): number[] => {
    const slot = SLOT[field];
    const a = place[slot] as number;
    if (a === NOWHERE) return [];
    if (KINDS[slot] !== 'many') return slicesAt(a);
    const all: number[] = [];
    for (let b = from; b < to; b++) {
      if (KEY_SLOT[key[b] as number] === slot && kind[b] === VALUE.string) {
        all.push(slice[2 * b] as number, slice[2 * b + 1] as number);
      }
    }
    return all;
  };

  const list = (field: Field): string[] | null => {
    if (place[SLOT[field]] === NOWHERE) return null;
    const pairs = slices(field);
    const texts: string[] = [];
    for (let p = 0; p < pairs.length; p += 2) {
      const length = pairs[p + 1] as number;
      if (length > 0) texts.push(cut(pairs[p] as number, length, false));
    }
    return texts;
  };

  const numberOf = (field: Field): number | null => {
    const a = place[SLOT[field]] as number;
    return a === NOWHERE ? null : (number[a] as number);
  };

  return {
    open,
    has: (field) => place[SLOT[field]] !== NOWHERE,
    text,
    list,
    int: (field) => {
      const value = numberOf(field);
      return value !== null && Number.isSafeInteger(value) ? value : null;
    },
    bool: (field) => {
      const value = numberOf(field);
      return value === null ? null : value === 1;
    },
    slices,
  };
};

/** Whether a value of this kind may fill the field; an empty string fills none. */
const fits = (wanted: FieldKind, kind: number, length: number): boolean => {
  switch (wanted) {
    case 'int':
      return kind === VALUE.int || kind === VALUE.double;
    case 'bool':
      return kind === VALUE.bool;
    case 'list':
    case 'any':
      if (kind === VALUE.json) return wanted === 'any';
      return kind === VALUE.list || (kind === VALUE.string && length > 0);
    default:
      return kind === VALUE.string && length > 0;
  }
};
