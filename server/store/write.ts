// Rows into a table in bulk, in the transaction of a connection.
import { setImmediate as nextTurn } from 'node:timers/promises';
import { addRow, createTable, type RowOf, type Schema, type Table } from '../model/table.ts';
import { createTexts } from '../model/texts.ts';
import type { DuckDBConnection } from './duckdb.ts';
import { createHeap, type Heap } from './heap.ts';
import { createChunkWriter, type ChunkWriter } from './vectors.ts';

export interface Write {
  /** Appends rows to a table in the transaction of the connection, giving way to queries after each page. */
  table<S extends Schema>(name: string, rows: Table<S>, heap: Heap): Promise<void>;
  /** The same for few rows, written as objects. */
  rows<S extends Schema>(name: string, schema: S, rows: readonly RowOf<S>[]): Promise<void>;
}

export const createWriters = (connection: DuckDBConnection): Write => {
  const writers = new Map<string, { schema: Schema; writer: unknown }>();
  const writerOf = <S extends Schema>(name: string, schema: S): ChunkWriter<S> => {
    const known = writers.get(name);
    if (known !== undefined && known.schema === schema) return known.writer as ChunkWriter<S>;
    const writer = createChunkWriter(schema);
    writers.set(name, { schema, writer });
    return writer;
  };
  const table: Write['table'] = async (name, rows, heap) => {
    if (rows.rows() === 0) return;
    const writer = writerOf(name, rows.schema);
    const appender = await connection.createAppender(name);
    try {
      for (const page of rows.pages()) {
        if (page.rows > 0) writer.append(appender, page, heap);
        await nextTurn();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  };
  return {
    table,
    async rows(name, schema, rows) {
      if (rows.length === 0) return;
      const texts = createTexts();
      const filled = createTable(schema);
      for (const row of rows) addRow(filled, texts, row);
      await table(name, filled, createHeap(texts));
    },
  };
};
