// Rows into a table in bulk, in the transaction of a connection.
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DuckDBConnection } from './duckdb.ts';
import { CHUNK_ROWS, createChunkWriter, type ChunkWriter, type Column } from './vectors.ts';

export type Write = <Source>(
  table: string,
  columns: readonly Column<Source>[],
  rows: readonly Source[],
) => Promise<void>;

/** Appends rows to a table in the transaction of the connection, giving way to queries after each chunk. */
export const createWriters = (connection: DuckDBConnection): Write => {
  const writers = new Map<string, { columns: unknown; writer: unknown }>();
  const writerOf = <Source>(
    table: string,
    columns: readonly Column<Source>[],
  ): ChunkWriter<Source> => {
    const known = writers.get(table);
    if (known !== undefined && known.columns === columns) {
      return known.writer as ChunkWriter<Source>;
    }
    const writer = createChunkWriter(columns);
    writers.set(table, { columns, writer });
    return writer;
  };
  return async (table, columns, rows) => {
    if (rows.length === 0) return;
    const writer = writerOf(table, columns);
    const appender = await connection.createAppender(table);
    try {
      for (let i = 0; i < rows.length; i += CHUNK_ROWS) {
        writer.append(appender, rows.slice(i, i + CHUNK_ROWS));
        await nextTurn();
      }
      appender.flushSync();
    } finally {
      appender.closeSync();
    }
  };
};
