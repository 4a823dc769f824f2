// Pages written straight into the engine's vectors, some fifty native calls for 2,048 rows instead of one for each value.
import {
  BOOLEAN,
  BIGINT,
  DuckDBDataChunk,
  LIST,
  TIMESTAMP,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  UUID,
  VARCHAR,
  type DuckDBAppender,
  type DuckDBType,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { PAGE_ROWS, type Kind, type Page, type Schema } from '../model/table.ts';
import { CELL_WORDS, type Heap } from './heap.ts';

const TYPES: Record<Kind, DuckDBType> = {
  text: VARCHAR,
  texts: LIST(VARCHAR),
  uuid: UUID,
  id: UBIGINT,
  timestamp: TIMESTAMP,
  bigint: BIGINT,
  ubigint: UBIGINT,
  uinteger: UINTEGER,
  utinyint: UTINYINT,
  boolean: BOOLEAN,
};

/** Turns the top bit of a UUID: the engine sorts it as a signed number. */
const TOP_BIT = 0x8000_0000;
const TWO_32 = 4_294_967_296;

export interface ChunkWriter<S extends Schema> {
  append(appender: DuckDBAppender, page: Page<S>, heap: Heap): void;
}

/**
 * A writer for one table's columns, in the table's order. Its buffers and its chunk are used again and again:
 * a new chunk each time would hold memory until the collector runs.
 */
export const createChunkWriter = <S extends Schema>(schema: S): ChunkWriter<S> => {
  const kinds = Object.entries(schema);
  const chunk = DuckDBDataChunk.create(kinds.map(([, kind]) => TYPES[kind]));
  const scratch = createScratch();
  return {
    append(appender, page, heap) {
      chunk.reset();
      chunk.rowCount = page.rows;
      for (const [i, [name, kind]] of kinds.entries()) {
        const vector = duckdb.data_chunk_get_vector(chunk.chunk, i);
        WRITE[kind]({ vector, rows: page.rows, heap, scratch }, page.columns[name] as never);
      }
      appender.appendDataChunk(chunk);
    },
  };
};

interface Scratch {
  buffer: ArrayBuffer;
  words: Uint32Array;
  valid: Uint8Array;
}

const createScratch = (): Scratch => {
  const buffer = new ArrayBuffer(PAGE_ROWS * 4 * CELL_WORDS);
  return { buffer, words: new Uint32Array(buffer), valid: new Uint8Array(PAGE_ROWS / 8) };
};

interface Target {
  vector: duckdb.Vector;
  rows: number;
  heap: Heap;
  scratch: Scratch;
}

const copy = ({ vector, rows, scratch }: Target, width: number): void =>
  duckdb.copy_data_to_vector(vector, 0, scratch.buffer, 0, rows * width);

/** Says of which rows the value is null: those whose words are all zero in `columns`, `width` words each. */
const writeNulls = ({ vector, rows, scratch: { valid } }: Target, isNull: IsNull): void => {
  let nulls = false;
  valid.fill(0xff);
  for (let row = 0; row < rows; row += 1) {
    if (!isNull(row)) continue;
    nulls = true;
    valid[row >> 3] = (valid[row >> 3] as number) & ~(1 << (row & 7));
  }
  if (!nulls) return;
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(vector, 0, valid.buffer as ArrayBuffer, 0, valid.length);
};
type IsNull = (row: number) => boolean;

/** Cells of texts by their numbers; a number that is none gives the empty text. */
const gather = (
  words: Uint32Array,
  cells: Uint32Array,
  numbers: Uint32Array,
  from: number,
  count: number,
) => {
  for (let i = 0; i < count; i += 1) {
    const cell = CELL_WORDS * (numbers[from + i] as number);
    const word = CELL_WORDS * i;
    words[word] = cells[cell] as number;
    words[word + 1] = cells[cell + 1] as number;
    words[word + 2] = cells[cell + 2] as number;
    words[word + 3] = cells[cell + 3] as number;
  }
};

const writeText = (to: Target, numbers: Uint32Array): void => {
  gather(to.scratch.words, to.heap.cells, numbers, 0, to.rows);
  copy(to, 4 * CELL_WORDS);
  writeNulls(to, (row) => numbers[row] === 0);
};

/** Items of the lists follow each other in a vector of their own. */
const writeLists = (to: Target, lists: Uint32Array): void => {
  const { vector, rows, heap, scratch } = to;
  const places = heap.texts.listPlaces();
  const { words } = scratch;
  let count = 0;
  for (let row = 0; row < rows; row += 1) {
    const list = lists[row] as number;
    const length = list === 0 ? 0 : (places[2 * list + 1] as number);
    words[4 * row] = count;
    words[4 * row + 1] = 0;
    words[4 * row + 2] = length;
    words[4 * row + 3] = 0;
    count += length;
  }
  duckdb.list_vector_reserve(vector, count);
  duckdb.list_vector_set_size(vector, count);
  copy(to, 16);
  writeNulls(to, (row) => lists[row] === 0);
  if (count === 0) return;
  const items = new Uint32Array(CELL_WORDS * count);
  const all = heap.texts.items();
  let written = 0;
  for (let row = 0; row < rows; row += 1) {
    const list = lists[row] as number;
    if (list === 0) continue;
    const length = places[2 * list + 1] as number;
    gather(
      items.subarray(CELL_WORDS * written),
      heap.cells,
      all,
      places[2 * list] as number,
      length,
    );
    written += length;
  }
  const child = duckdb.list_vector_get_child(vector);
  duckdb.copy_data_to_vector(child, 0, items.buffer, 0, items.byteLength);
};

const writeUuid = (to: Target, ids: Uint32Array): void => {
  const { rows, scratch } = to;
  const { words } = scratch;
  for (let word = 0; word < 4 * rows; word += 1) words[word] = ids[word] as number;
  for (let row = 0; row < rows; row += 1) {
    words[4 * row + 3] = (words[4 * row + 3] as number) ^ TOP_BIT;
  }
  copy(to, 16);
  writeNulls(
    to,
    (row) =>
      ((ids[4 * row] as number) |
        (ids[4 * row + 1] as number) |
        (ids[4 * row + 2] as number) |
        (ids[4 * row + 3] as number)) ===
      0,
  );
};

const writeId = (to: Target, ids: Uint32Array): void => {
  duckdb.copy_data_to_vector(to.vector, 0, ids.buffer as ArrayBuffer, 0, 8 * to.rows);
  writeNulls(to, (row) => ((ids[2 * row] as number) | (ids[2 * row + 1] as number)) === 0);
};

/** 64-bit whole numbers from doubles, which hold all below 2^53. */
const writeWhole = (to: Target, values: Float64Array): void => {
  const { words } = to.scratch;
  for (let row = 0; row < to.rows; row += 1) {
    const value = values[row] as number;
    const high = Math.floor(value / TWO_32);
    words[2 * row] = value - high * TWO_32;
    words[2 * row + 1] = high;
  }
  copy(to, 8);
  writeNulls(to, (row) => Number.isNaN(values[row]));
};

const writeAsIs =
  (width: number) =>
  ({ vector, rows }: Target, values: Uint32Array | Uint8Array): void =>
    duckdb.copy_data_to_vector(vector, 0, values.buffer as ArrayBuffer, 0, rows * width);

const WRITE: { [Name in Kind]: (to: Target, column: never) => void } = {
  text: writeText,
  texts: writeLists,
  uuid: writeUuid,
  id: writeId,
  timestamp: writeWhole,
  bigint: writeWhole,
  ubigint: writeWhole,
  uinteger: writeAsIs(4),
  utinyint: writeAsIs(1),
  boolean: writeAsIs(1),
};
