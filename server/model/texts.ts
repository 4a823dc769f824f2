// The texts of many rows as bytes in one heap, each told by a number; equal ones have the same number where they repeat.

/** Number of the text that is none. */
export const NO_TEXT = 0;

export interface Texts {
  /** The number of these bytes, which are valid UTF-8; the same bytes get the same number. */
  at(bytes: Uint8Array, offset: number, length: number): number;
  /** A number of their own for bytes that hardly come again. */
  put(bytes: Uint8Array, offset: number, length: number): number;
  /** The number of a text; a lone surrogate becomes U+FFFD. */
  of(text: string): number;
  /** The number of a text behind a few letters. */
  behind(prefix: string, number: number): number;
  /** The text of a number, decoded once. */
  text(number: number): string;
  /** A list of texts by its number, 0 is none. */
  list(numbers: readonly number[]): number;
  /** Where list i stands among the items: first one at 2i, number of them at 2i + 1. */
  listPlaces(): Uint32Array;
  /** Numbers of texts. */
  items(): Uint32Array;
  /** Numbers given, NO_TEXT counted. */
  count(): number;
  /** Where text i stands in the heap: offset at 2i, length at 2i + 1. */
  places(): Uint32Array;
  heap(): Buffer;
  /** Forgets all numbers and keeps the memory, unless huge texts made it huge. */
  clear(): void;
}

const FIRST_TEXTS = 1024;
const FIRST_BYTES = 64 * 1024;
/** What a full commit fills; more is given back after it. */
const KEPT_BYTES = 64 * 1024 * 1024;
/** Places looked at for one text: texts that collide on purpose only get a number each. */
const PROBES = 8;
/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const BYTES_A_UNIT = 3;

export const createTexts = (): Texts => {
  let heap = Buffer.from(new ArrayBuffer(FIRST_BYTES));
  let used = 0;
  let places = new Uint32Array(2 * FIRST_TEXTS);
  let hashes = new Int32Array(FIRST_TEXTS);
  let count = 1;
  /** Numbers by hash, 0 where none is; at least twice as many slots as numbers. */
  let slots = new Uint32Array(4 * FIRST_TEXTS);
  let decoded: (string | undefined)[] = [];
  const known = new Map<string, number>();
  let items = new Uint32Array(FIRST_TEXTS);
  let items_used = 0;
  let list_places = new Uint32Array(2 * FIRST_TEXTS);
  let list_count = 1;

  const room = (bytes: number): void => {
    if (used + bytes <= heap.length) return;
    const larger = Buffer.from(new ArrayBuffer(Math.max(heap.length * 2, used + bytes)));
    heap.copy(larger, 0, 0, used);
    heap = larger;
  };
  const grow = (): void => {
    places = grown(places, new Uint32Array(places.length * 2));
    hashes = grown(hashes, new Int32Array(hashes.length * 2));
    slots = new Uint32Array(slots.length * 2);
    for (let number = 1; number < count; number++) {
      const slot = freeSlot(slots, hashes[number] as number);
      if (slot >= 0) slots[slot] = number;
    }
  };
  /** A number for `length` bytes that stand at the heap's end already. */
  const take = (length: number): number => {
    if (2 * count === places.length) grow();
    const number = count;
    places[2 * number] = used;
    places[2 * number + 1] = length;
    hashes[number] = 0;
    used += length;
    count += 1;
    return number;
  };
  const put = (bytes: Uint8Array, offset: number, length: number): number => {
    room(length);
    if (length < SHORT) {
      for (let i = 0; i < length; i++) heap[used + i] = bytes[offset + i] as number;
    } else heap.set(bytes.subarray(offset, offset + length), used);
    return take(length);
  };
  const at = (bytes: Uint8Array, offset: number, length: number): number => {
    const hash = hashOf(bytes, offset, length);
    const mask = slots.length - 1;
    let free = -1;
    for (let probe = 0; probe < PROBES; probe++) {
      const slot = (hash + probe) & mask;
      const number = slots[slot] as number;
      if (number === 0) {
        free = slot;
        break;
      }
      if (hashes[number] !== hash || places[2 * number + 1] !== length) continue;
      if (isSame(heap, places[2 * number] as number, bytes, offset, length)) return number;
    }
    const size = slots.length;
    const number = put(bytes, offset, length);
    hashes[number] = hash;
    if (slots.length !== size) free = freeSlot(slots, hash);
    if (free >= 0) slots[free] = number;
    return number;
  };
  /** Numbers bytes that were written behind the heap's last text. */
  const atEnd = (length: number): number => {
    const from = used;
    used += length;
    room(length);
    const number = at(heap, from, length);
    // A new text was copied behind itself, where it need not stay; one met before stands elsewhere.
    const is_new = places[2 * number] === from + length;
    if (is_new) places[2 * number] = from;
    used = is_new ? from + length : from;
    return number;
  };

  return {
    at,
    put,
    of(text) {
      const before = known.get(text);
      if (before !== undefined) return before;
      room(text.length * BYTES_A_UNIT);
      const number = atEnd(heap.write(text, used, 'utf8'));
      known.set(text, number);
      return number;
    },
    behind(prefix, number) {
      const from = places[2 * number] as number;
      const length = places[2 * number + 1] as number;
      room(prefix.length * BYTES_A_UNIT + length);
      const first = heap.write(prefix, used, 'utf8');
      heap.copyWithin(used + first, from, from + length);
      return atEnd(first + length);
    },
    text(number) {
      const before = decoded[number];
      if (before !== undefined) return before;
      const from = places[2 * number] as number;
      const text = heap.toString('utf8', from, from + (places[2 * number + 1] as number));
      while (decoded.length < number) decoded.push(undefined);
      decoded[number] = text;
      return text;
    },
    list(numbers) {
      while (items_used + numbers.length > items.length) {
        items = grown(items, new Uint32Array(items.length * 2));
      }
      if (2 * list_count === list_places.length) {
        list_places = grown(list_places, new Uint32Array(list_places.length * 2));
      }
      list_places[2 * list_count] = items_used;
      list_places[2 * list_count + 1] = numbers.length;
      for (const number of numbers) items[items_used++] = number;
      return list_count++;
    },
    listPlaces: () => list_places,
    items: () => items,
    count: () => count,
    places: () => places,
    heap: () => heap.subarray(0, used),
    clear() {
      if (heap.length > KEPT_BYTES) heap = Buffer.from(new ArrayBuffer(FIRST_BYTES));
      used = 0;
      count = 1;
      slots.fill(0);
      decoded = [];
      known.clear();
      items_used = 0;
      list_count = 1;
    },
  };
};

/** Up to here a loop copies faster than a call. */
const SHORT = 64;

const freeSlot = (slots: Uint32Array, hash: number): number => {
  for (let probe = 0; probe < PROBES; probe++) {
    const slot = (hash + probe) & (slots.length - 1);
    if (slots[slot] === 0) return slot;
  }
  return -1;
};

const grown = <A extends Uint32Array | Int32Array>(from: A, to: A): A => {
  to.set(from);
  return to;
};

/** Four bytes at a time, mixed so that the low bits depend on all of them. */
const hashOf = (bytes: Uint8Array, offset: number, length: number): number => {
  const end = offset + length;
  let hash = length;
  let i = offset;
  for (; i + 4 <= end; i += 4) {
    const word =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    hash = Math.imul(hash ^ word, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  for (; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  return hash ^ (hash >>> 13);
};

const isSame = (
  heap: Uint8Array,
  at: number,
  bytes: Uint8Array,
  offset: number,
  length: number,
): boolean => {
  for (let i = 0; i < length; i++) if (heap[at + i] !== bytes[offset + i]) return false;
  return true;
};
