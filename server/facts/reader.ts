// One span's or resource's attributes by field, read from the columns without an object a span.
import { NO_TEXT, type Texts } from '../model/texts.ts';
import { VALUE, type Attributes, type SpanBatch } from '../otlp/batch.ts';
import { FIELD_KINDS, type Field, type FieldKind } from './conventions/convention.ts';
import { CONVENTIONS } from './conventions/all.ts';

/** Names, ids and reasons: longer ones are cut, since nothing real has them. */
const MAX_TEXT_BYTES = 1024;

/** Items of one list that are read; a surface snapshot is sent in parts of 500. */
const MAX_ITEMS = 10_000;

const FIELDS = Object.keys(FIELD_KINDS) as Field[];
/** The number by which a field is asked for. */
export const FIELD = Object.fromEntries(FIELDS.map((field, slot) => [field, slot])) as Readonly<
  Record<Field, number>
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

const KEY_SLOT = Uint8Array.from(KEYS, ({ field }) => FIELD[field]);
const KEY_PRIORITY = Uint8Array.from(KEYS, ({ priority }) => priority);
const KEY_BIT = Uint16Array.from(KEYS, ({ bit }) => 1 << bit);

/** A bit for each kind of value on the wire that may fill a field, by the field's number. */
const FITTING = Uint8Array.from(KINDS, (wanted) => {
  if (wanted === 'int') return (1 << VALUE.int) | (1 << VALUE.double);
  if (wanted === 'bool') return 1 << VALUE.bool;
  const list = wanted === 'list' || wanted === 'any' ? 1 << VALUE.list : 0;
  const json = wanted === 'any' ? 1 << VALUE.json : 0;
  return (1 << VALUE.string) | list | json;
});

const NOWHERE = -1;

/** The attributes of one owner (a span or a resource) at a time. Fields are asked for by their number in FIELD. */
export interface Reader {
  /** Look at the attributes of owner `i`; what was read before is forgotten. Returns a bit for each convention met. */
  readonly open: (i: number) => number;
  readonly has: (field: number) => boolean;
  /** Gives a field that the owner leaves empty this text, until the next is opened. */
  readonly fill: (field: number, text: string) => void;
  /** Number of the field's text, NO_TEXT where there is none. */
  readonly text: (field: number) => number;
  /** The same decoded. */
  readonly string: (field: number) => string | null;
  /** Number of the field's list of texts, 0 where there is none. */
  readonly list: (field: number) => number;
  readonly strings: (field: number) => string[] | null;
  /** A whole number, else NaN. */
  readonly int: (field: number) => number;
  /** False where it is not told. */
  readonly bool: (field: number) => boolean;
  /** Slices of a string, the items of a list, or the values of a numbered key: offset and length in turn. */
  readonly slices: (field: number) => number[];
}

/** Reads `attributes`, those of the batch's spans or of its resources. */
export const createReader = (batch: SpanBatch, attributes: Attributes, texts: Texts): Reader => {
  const { bytes } = batch;
  const { first, key, kind, number, slice } = attributes;
  const items = batch.item_slices;
  const place = new Int32Array(FIELDS.length);
  const priority = new Uint8Array(FIELDS.length);
  const lastOffset = new Uint32Array(FIELDS.length);
  const lastLength = new Uint32Array(FIELDS.length);
  const lastNumber = new Uint32Array(FIELDS.length);
  const filled = new Uint32Array(FIELDS.length);
  let is_filled = false;
  let from = 0;
  let to = 0;

  const open = (i: number): number => {
    place.fill(NOWHERE);
    if (is_filled) filled.fill(NO_TEXT);
    is_filled = false;
    from = first[i] as number;
    to = first[i + 1] as number;
    let met = 0;
    for (let a = from; a < to; a++) {
      const k = key[a] as number;
      const slot = KEY_SLOT[k] as number;
      const is = kind[a] as number;
      // An empty string fills no field.
      if (((FITTING[slot] as number) & (1 << is)) === 0) continue;
      if (is === VALUE.string && slice[2 * a + 1] === 0) continue;
      met |= KEY_BIT[k] as number;
      const rank = KEY_PRIORITY[k] as number;
      if (place[slot] !== NOWHERE && (priority[slot] as number) > rank) continue;
      place[slot] = a;
      priority[slot] = rank;
    }
    return met;
  };

  const cut = (offset: number, length: number): number =>
    texts.at(bytes, offset, cutEnd(bytes, offset, length, MAX_TEXT_BYTES));

  const text = (field: number): number => {
    const a = place[field] as number;
    if (a === NOWHERE) return filled[field] as number;
    const offset = slice[2 * a] as number;
    const length = slice[2 * a + 1] as number;
    // The decoder points to one place for what the spans of a task repeat.
    if (offset === lastOffset[field] && length === lastLength[field]) {
      return lastNumber[field] as number;
    }
    const number =
      KINDS[field] === 'unique'
        ? texts.put(bytes, offset, cutEnd(bytes, offset, length, MAX_TEXT_BYTES))
        : cut(offset, length);
    lastOffset[field] = offset;
    lastLength[field] = length;
    lastNumber[field] = number;
    return number;
  };

  const slicesAt = (a: number): number[] => {
    if (kind[a] === VALUE.string || kind[a] === VALUE.json) {
      return [slice[2 * a] as number, slice[2 * a + 1] as number];
    }
    const start = slice[2 * a] as number;
    const count = Math.min(slice[2 * a + 1] as number, MAX_ITEMS);
    return Array.from(items.subarray(2 * start, 2 * (start + count)));
  };

  const slices = (field: number): number[] => {
    const a = place[field] as number;
    if (a === NOWHERE) return [];
    if (KINDS[field] !== 'many') return slicesAt(a);
    const all: number[] = [];
    for (let b = from; b < to; b++) {
      if (KEY_SLOT[key[b] as number] === field && kind[b] === VALUE.string) {
        all.push(slice[2 * b] as number, slice[2 * b + 1] as number);
      }
    }
    return all;
  };

  const numbers = (field: number): number[] | null => {
    if (place[field] === NOWHERE)
      return filled[field] === NO_TEXT ? null : [filled[field] as number];
    const pairs = slices(field);
    const found: number[] = [];
    for (let p = 0; p < pairs.length; p += 2) {
      const length = pairs[p + 1] as number;
      if (length > 0) found.push(cut(pairs[p] as number, length));
    }
    return found;
  };

  const numberOf = (field: number): number => {
    const a = place[field] as number;
    return a === NOWHERE ? Number.NaN : (number[a] as number);
  };

  return {
    open,
    has: (field) => place[field] !== NOWHERE || filled[field] !== NO_TEXT,
    fill: (field, text) => {
      filled[field] = texts.of(text);
      is_filled = true;
    },
    text,
    string: (field) => {
      const found = text(field);
      return found === NO_TEXT ? null : texts.text(found);
    },
    list: (field) => {
      const found = numbers(field);
      return found === null ? 0 : texts.list(found);
    },
    strings: (field) => numbers(field)?.map((found) => texts.text(found)) ?? null,
    int: (field) => {
      const value = numberOf(field);
      return Number.isSafeInteger(value) ? value : Number.NaN;
    },
    bool: (field) => numberOf(field) === 1 || filled[field] !== NO_TEXT,
    slices,
  };
};

/** Where text of at most `limit` bytes ends, so that no character is cut in two. */
export const cutEnd = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  limit: number,
): number => {
  if (length <= limit) return length;
  let end = limit;
  while (end > 0 && ((bytes[offset + end] as number) & 0xc0) === 0x80) end--;
  return end;
};
