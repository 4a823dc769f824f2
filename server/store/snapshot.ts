// The facts of one workspace as Parquet files in a folder of their own: what a user's report reads instead of the database.
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { askAll, type DuckDBConnection } from './duckdb.ts';
import { SQL_FOLDER, parseQuery, readSql, type Query } from './query.ts';

/** The only folder that the engine may write to besides its own file. */
export const SNAPSHOTS_NAME = 'snapshots';

/** A file a table: its name is the table's, its rows are one workspace's. */
export const readSnapshotTables = (): Query[] =>
  readSql(`${SQL_FOLDER}snapshot/`).map(({ name, text }) => parseQuery(name, text));

/**
 * Writes all of them in one transaction, so that they are of one instant. The folder is made; where this fails
 * it is gone again.
 */
export const writeSnapshot = async ({
  connection,
  workspace,
  folder,
}: {
  connection: DuckDBConnection;
  workspace: string;
  folder: string;
}): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await connection.run('begin read only');
  try {
    for (const table of readSnapshotTables()) {
      const path = join(folder, `${table.name}.parquet`).replaceAll("'", "''");
      const body = table.text.trim().replace(/;$/, '');
      const text = `copy (${body}) to '${path}' (format parquet, compression snappy)`;
      await askAll({ connection, question: { ...table, text }, params: { workspace } });
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    await connection.run('rollback').catch(() => undefined);
  }
};
