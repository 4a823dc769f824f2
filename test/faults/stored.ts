// Reads the spans of a closed data folder straight from the database file.
import { join } from 'node:path';
import { textOf } from '../../server/store/cells.ts';
import { askAll, openEngine } from '../../server/store/duckdb.ts';
import { parseQuery } from '../../server/store/query.ts';

/** Trace and span id of every stored span, one after the other. */
export const storedSpans = async (folder: string): Promise<string[]> => {
  const engine = await openEngine({ path: join(folder, 'footprint.duckdb') });
  const connection = await engine.connect();
  try {
    const question = parseQuery('ids', 'select trace_id, span_id from spans');
    const rows = await askAll({ connection, question, params: {} });
    return rows.map((row) => textOf(row, 'trace_id') + textOf(row, 'span_id'));
  } finally {
    connection.closeSync();
    engine.close();
  }
};
