// Columns written straight into the engine's vectors, some fifty native calls for 2,048 rows instead of one for each value.
import {
  BLOB,
  BOOLEAN,
  BIGINT,
  DOUBLE,
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
import { createStringWriter, type StringWriter } from './strings.ts';

/** Rows of one of the engine's vectors. */
export const CHUNK_ROWS = 2048;

/** How a column is written; each takes the JavaScript value in the second column of the table below. */
export type ColumnKind =
  | 'text' // string
  | 'texts' // string[]
  | 'uuid' // 32 hex digits
  | 'id' // 16 hex digits, an unsigned 64-bit integer
  | 'timestamp' // microseconds since 1970
  | 'bigint' // whole number
  | 'ubigint' // whole number, not negative
  | 'uinteger'
  | 'utinyint'
  | 'double'
  | 'boolean';

/** A value as a column takes it; null where the column may be null. */
export type Value = string | number | boolean | readonly string[] | null;

/** One column of a table that is written in bulk: its kind and how its value is read from a row. */
export interface Column<Source> {
  kind: ColumnKind;
  value: (row: Source) => Value;
}

const TYPES: Record<ColumnKind, DuckDBType> = {
  text: VARCHAR,
  texts: LIST(VARCHAR),
  uuid: UUID,
  id: UBIGINT,
  timestamp: TIMESTAMP,
  bigint: BIGINT,
  ubigint: UBIGINT,
  uinteger: UINTEGER,
  utinyint: UTINYINT,
  double: DOUBLE,
  boolean: BOOLEAN,
};

/** Bytes of one value in a vector. */
const WIDTH: Record<Exclude<ColumnKind, 'text' | 'texts'>, number> = {
  uuid: 16,
  id: 8,
  timestamp: 8,
  bigint: 8,
  ubigint: 8,
  uinteger: 4,
  utinyint: 1,
  double: 8,
  boolean: 1,
};

const TWO_32 = 4_294_967_296;
const BLOB_TYPE = BLOB.toLogicalType().logical_type;

export interface ChunkWriter<Source> {
  /** Appends at most CHUNK_ROWS rows. */
  append(appender: DuckDBAppender, rows: readonly Source[]): void;
}

/**
 * A writer for one table's columns, in the table's order. Its buffers and its chunk are used again and again:
 * a new chunk each time would hold memory until the collector runs.
 */
export const createChunkWriter = <Source>(
  columns: readonly Column<Source>[],
): ChunkWriter<Source> => {
  const chunk = DuckDBDataChunk.create(columns.map(({ kind }) => TYPES[kind]));
  const fixed = createFixed();
  const strings = createStringWriter();
  return {
    append(appender, rows) {
      chunk.reset();
      chunk.rowCount = rows.length;
      strings.begin();
      for (const [i, column] of columns.entries()) {
        const vector = duckdb.data_chunk_get_vector(chunk.chunk, i);
        if (column.kind === 'text') writeTexts(strings, vector, column, rows);
        else if (column.kind === 'texts') writeLists(strings, fixed, vector, column, rows);
        else writeFixed(fixed, vector, column.kind, column, rows);
      }
      // The heap has to live until the rows are copied out of the chunk.
      const heap = duckdb.create_vector(BLOB_TYPE, 1);
      strings.finish(heap);
      appender.appendDataChunk(chunk);
      strings.release();
    },
  };
};

interface Fixed {
  bytes: Uint8Array;
  words: Uint32Array;
  doubles: Float64Array;
  valid: Uint8Array;
}

const createFixed = (): Fixed => {
  const buffer = new ArrayBuffer(CHUNK_ROWS * 16);
  return {
    bytes: new Uint8Array(buffer),
    words: new Uint32Array(buffer),
    doubles: new Float64Array(buffer),
    valid: new Uint8Array(CHUNK_ROWS / 8),
  };
};

const writeFixed = <Source>(
  fixed: Fixed,
  vector: duckdb.Vector,
  kind: keyof typeof WIDTH,
  column: Column<Source>,
  rows: readonly Source[],
): void => {
  const put = PUT[kind];
  let nulls = false;
  fixed.valid.fill(0xff);
  for (let i = 0; i < rows.length; i += 1) {
    const value = column.value(rows[i] as Source);
    if (value === null) {
      nulls = true;
      clear(fixed.valid, i);
    } else put(fixed, i, value);
  }
  duckdb.copy_data_to_vector(
    vector,
    0,
    fixed.bytes.buffer as ArrayBuffer,
    0,
    rows.length * WIDTH[kind],
  );
  if (nulls) writeValidity(vector, fixed.valid);
};

const clear = (valid: Uint8Array, row: number): void => {
  valid[row >> 3] = (valid[row >> 3] as number) & ~(1 << (row & 7));
};

const writeValidity = (vector: duckdb.Vector, valid: Uint8Array): void => {
  duckdb.vector_ensure_validity_writable(vector);
  duckdb.copy_data_to_vector_validity(
    vector,
    0,
    valid.buffer as ArrayBuffer,
    valid.byteOffset,
    valid.length,
  );
};

const putWhole = (fixed: Fixed, i: number, value: Value): void => {
  const number = value as number;
  const high = Math.floor(number / TWO_32);
  fixed.words[2 * i] = number - high * TWO_32;
  fixed.words[2 * i + 1] = high;
};

const PUT: Record<keyof typeof WIDTH, (fixed: Fixed, i: number, value: Value) => void> = {
  // A UUID is a signed 128-bit integer with its top bit turned, so that it sorts as its digits do.
  uuid: ({ words }, i, value) => {
    const hex = value as string;
    words[4 * i + 3] = (hex32(hex, 0) ^ 0x8000_0000) >>> 0;
    words[4 * i + 2] = hex32(hex, 8);
    words[4 * i + 1] = hex32(hex, 16);
    words[4 * i] = hex32(hex, 24);
  },
  id: ({ words }, i, value) => {
    const hex = value as string;
    words[2 * i + 1] = hex32(hex, 0);
    words[2 * i] = hex32(hex, 8);
  },
  timestamp: putWhole,
  bigint: putWhole,
  ubigint: putWhole,
  uinteger: ({ words }, i, value) => {
    words[i] = value as number;
  },
  utinyint: ({ bytes }, i, value) => {
    bytes[i] = value as number;
  },
  double: ({ doubles }, i, value) => {
    doubles[i] = value as number;
  },
  boolean: ({ bytes }, i, value) => {
    bytes[i] = value === true ? 1 : 0;
  },
};

/** Eight lower-case hex digits as a number. */
const hex32 = (hex: string, at: number): number => {
  let value = 0;
  for (let i = at; i < at + 8; i += 1) {
    const code = hex.charCodeAt(i);
    value = (value << 4) | (code < 58 ? code - 48 : code - 87);
  }
  return value >>> 0;
};

const writeTexts = <Source>(
  strings: StringWriter,
  vector: duckdb.Vector,
  column: Column<Source>,
  rows: readonly Source[],
): void => {
  const place = strings.column(vector, rows.length);
  let valid: Uint8Array | null = null;
  for (let i = 0; i < rows.length; i += 1) {
    const value = column.value(rows[i] as Source);
    if (value === null) {
      valid ??= new Uint8Array(CHUNK_ROWS / 8).fill(0xff);
      clear(valid, i);
    } else strings.put(place, i, value as string);
  }
  if (valid !== null) writeValidity(vector, valid);
};

const writeLists = <Source>(
  strings: StringWriter,
  fixed: Fixed,
  vector: duckdb.Vector,
  column: Column<Source>,
  rows: readonly Source[],
): void => {
  const items: string[] = [];
  let nulls = false;
  fixed.valid.fill(0xff);
  for (let i = 0; i < rows.length; i += 1) {
    const value = column.value(rows[i] as Source) as readonly string[] | null;
    if (value === null) {
      nulls = true;
      clear(fixed.valid, i);
    }
    fixed.words[4 * i] = items.length;
    fixed.words[4 * i + 1] = 0;
    fixed.words[4 * i + 2] = value?.length ?? 0;
    fixed.words[4 * i + 3] = 0;
    for (const item of value ?? []) items.push(item);
  }
  duckdb.list_vector_reserve(vector, items.length);
  duckdb.list_vector_set_size(vector, items.length);
  duckdb.copy_data_to_vector(vector, 0, fixed.bytes.buffer as ArrayBuffer, 0, rows.length * 16);
  if (nulls) writeValidity(vector, fixed.valid);
  const place = strings.column(duckdb.list_vector_get_child(vector), items.length);
  for (const [i, item] of items.entries()) strings.put(place, i, item);
};
