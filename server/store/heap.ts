// Texts as the engine's vectors hold them: 16 bytes each, short ones in place, long ones as a pointer into one heap a commit.
import { BLOB } from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import type { Texts } from '../model/texts.ts';

/** Texts up to this many bytes stand in the vector itself. */
const INLINE_BYTES = 12;
/** Words of one text: its length, its first four bytes, and the rest of it or its address. */
export const CELL_WORDS = 4;
const TWO_32 = 4_294_967_296;
const BLOB_TYPE = BLOB.toLogicalType().logical_type;

/** Lives until the rows that its cells stand in are appended: the engine copies them then. */
export interface Heap {
  /** By the number of the text. */
  cells: Uint32Array;
  texts: Texts;
  /** Keeps the bytes that cells point to. */
  holder: duckdb.Vector;
}

/** To be called when all texts have their numbers. */
export const createHeap = (texts: Texts): Heap => {
  const bytes = texts.heap();
  const holder = duckdb.create_vector(BLOB_TYPE, 1);
  if (bytes.length > 0) duckdb.vector_assign_string_element_len(holder, 0, bytes);
  const base = bytes.length > INLINE_BYTES ? addressOf(holder) : 0;
  const count = texts.count();
  const cells = new Uint32Array(CELL_WORDS * count);
  const places = texts.places();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let number = 1; number < count; number += 1) {
    const from = places[2 * number] as number;
    const length = places[2 * number + 1] as number;
    const cell = CELL_WORDS * number;
    cells[cell] = length;
    if (length > INLINE_BYTES) {
      const address = base + from;
      cells[cell + 1] = view.getUint32(from, true);
      cells[cell + 2] = address % TWO_32;
      cells[cell + 3] = Math.floor(address / TWO_32);
    } else putInline(cells, cell, bytes, from, length);
  }
  return { cells, texts, holder };
};

const putInline = (
  cells: Uint32Array,
  cell: number,
  bytes: Uint8Array,
  from: number,
  length: number,
): void => {
  for (let i = 0; i < length; i += 1) {
    const word = cell + 1 + (i >> 2);
    cells[word] = (cells[word] as number) | ((bytes[from + i] as number) << (8 * (i & 3)));
  }
};

/** Address of the heap's first byte, read from the text that holds it. Addresses stay below 2^53. */
const addressOf = (holder: duckdb.Vector): number => {
  const cell = duckdb.vector_get_data(holder, 4 * CELL_WORDS);
  const view = new DataView(cell.buffer, cell.byteOffset, 4 * CELL_WORDS);
  return Number(view.getBigUint64(8, true));
};
