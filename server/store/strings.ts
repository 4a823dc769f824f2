// Strings as the engine's vectors hold them: 16 bytes each, short ones in place, long ones as a pointer into one heap a chunk.
import duckdb from '@duckdb/node-bindings';

/** Strings up to this many bytes stand in the vector itself. */
const INLINE_BYTES = 12;
const STRING_BYTES = 16;
/** UTF-8 takes at most three bytes for each UTF-16 unit. */
const UTF8_PER_UNIT = 3;
const HEAP_BYTES = 1024 * 1024;
/** A heap that one chunk of huge strings made larger is given back after it. */
const HEAP_KEPT_BYTES = 16 * 1024 * 1024;
const TWO_32 = 4_294_967_296;

/** Where one column's strings stand until they are copied into its vector. */
export interface StringPlace {
  vector: duckdb.Vector;
  bytes: Uint8Array;
  words: Uint32Array;
  count: number;
  /** The string written last and its row: columns repeat themselves. */
  last: string | null;
  last_row: number;
}

export interface StringWriter {
  /** Starts a chunk. */
  begin(): void;
  /** Room for the strings of one column. */
  column(vector: duckdb.Vector, count: number): StringPlace;
  put(place: StringPlace, row: number, text: string): void;
  /** Moves the heap into `holder` (a BLOB vector of one row), and every column into its vector. */
  finish(holder: duckdb.Vector): void;
  release(): void;
}

export const createStringWriter = (): StringWriter => {
  let heap = Buffer.allocUnsafe(HEAP_BYTES);
  let used = 0;
  const places: StringPlace[] = [];
  let taken = 0;

  const room = (bytes: number): void => {
    if (used + bytes <= heap.length) return;
    const larger = Buffer.allocUnsafe(Math.max(heap.length * 2, used + bytes));
    heap.copy(larger, 0, 0, used);
    heap = larger;
  };
  const putLong = (place: StringPlace, row: number, text: string): void => {
    room(text.length * UTF8_PER_UNIT);
    const length = heap.write(text, used, 'utf8');
    const word = row * 4;
    const at = row * STRING_BYTES;
    const { bytes, words } = place;
    words[word] = length;
    if (length <= INLINE_BYTES) {
      bytes.fill(0, at + 4, at + STRING_BYTES);
      bytes.set(heap.subarray(used, used + length), at + 4);
      return;
    }
    for (let i = 0; i < 4; i += 1) bytes[at + 4 + i] = heap[used + i] as number;
    words[word + 2] = used;
    words[word + 3] = 0;
    used += length;
  };
  return {
    begin() {
      used = 0;
      taken = 0;
    },
    column(vector, count) {
      let place = places[taken];
      if (place === undefined || place.bytes.length < count * STRING_BYTES) {
        const buffer = new ArrayBuffer(Math.max(count, 2048) * STRING_BYTES);
        const bytes = new Uint8Array(buffer);
        const words = new Uint32Array(buffer);
        place = { vector, bytes, words, count, last: null, last_row: 0 };
        places[taken] = place;
      }
      taken += 1;
      place.vector = vector;
      place.count = count;
      place.last = null;
      // Rows that are null keep whatever stood there; an empty string is what may be read without harm.
      place.words.fill(0, 0, count * 4);
      return place;
    },
    put(place, row, text) {
      const { bytes, words } = place;
      if (text === place.last) {
        words.copyWithin(row * 4, place.last_row * 4, place.last_row * 4 + 4);
        return;
      }
      place.last = text;
      place.last_row = row;
      const at = row * STRING_BYTES + 4;
      const { length } = text;
      if (length <= INLINE_BYTES) {
        let i = 0;
        for (; i < length; i += 1) {
          const code = text.charCodeAt(i);
          if (code > 127) break;
          bytes[at + i] = code;
        }
        if (i === length) {
          words[row * 4] = length;
          return;
        }
      }
      putLong(place, row, text);
    },
    finish(holder) {
      if (used > 0) duckdb.vector_assign_string_element_len(holder, 0, heap.subarray(0, used));
      const base = used > 0 ? addressOf(holder) : 0;
      for (const place of places.slice(0, taken)) {
        if (place.count === 0) continue;
        point(place, base);
        duckdb.copy_data_to_vector(
          place.vector,
          0,
          place.bytes.buffer as ArrayBuffer,
          0,
          place.count * STRING_BYTES,
        );
      }
    },
    release() {
      if (heap.length > HEAP_KEPT_BYTES) heap = Buffer.allocUnsafe(HEAP_BYTES);
      if (taken < places.length) places.length = taken;
    },
  };
};

/** Address of the heap's first byte, read from the string that holds it. Addresses stay below 2^53. */
const addressOf = (holder: duckdb.Vector): number => {
  const cell = duckdb.vector_get_data(holder, STRING_BYTES);
  const view = new DataView(cell.buffer, cell.byteOffset, STRING_BYTES);
  return Number(view.getBigUint64(8, true));
};

/** Turns places in the heap into addresses. */
const point = ({ words, count }: StringPlace, base: number): void => {
  for (let i = 0; i < count; i += 1) {
    const word = i * 4;
    if ((words[word] as number) <= INLINE_BYTES) continue;
    const address = base + (words[word + 2] as number);
    words[word + 2] = address % TWO_32;
    words[word + 3] = Math.floor(address / TWO_32);
  }
};
