// Opens the database for loading: migrated, configured, with its loader and its settler on one connection.
import { join } from 'node:path';
import type { LogSink } from '../model/log.ts';
import { openEngine, runAll, type DuckDBConnection, type Engine } from '../store/duckdb.ts';
import { createLoader, type Loader } from '../store/loader.ts';
import { migrate } from '../store/migrate.ts';
import { SQL_FOLDER, readSql, type SqlFile } from '../store/query.ts';
import { SNAPSHOTS_NAME } from '../store/snapshot.ts';
import { openSettler, type Settler } from '../store/settle.ts';
import { readStatements, type Statements } from '../store/statements.ts';
import type { Tuning } from './messages.ts';

export interface Database {
  engine: Engine;
  loader: Loader;
  settler: Settler;
  /** Statements share their work between threads unless loading needs the cores. */
  setBusy(busy: boolean): Promise<void>;
  /** Brings what the small tables wrote into the file. */
  checkpoint(): Promise<void>;
  close(): void;
}

export const DATABASE_NAME = 'footprint.duckdb';

/** Throws AppError `store_unavailable`. */
export const openDatabase = async ({
  folder,
  tuning,
  clock,
  log,
}: {
  folder: string;
  tuning: Tuning;
  clock: () => number;
  log: LogSink;
}): Promise<Database> => {
  const { memory_limit } = tuning;
  const engine = await openEngine({
    path: join(folder, DATABASE_NAME),
    memory_limit,
    writable: join(folder, SNAPSHOTS_NAME),
  });
  try {
    const statements = readStatements();
    const connection = await engine.connect();
    const applied = await migrate({ connection, statements });
    if (applied.length > 0) log.info('schema brought up to date', { files: applied.join(' ') });
    await runAll(connection, statements('configure').text);
    await runAll(connection, statements('create_temporary').text);
    const rollup = readSql(`${SQL_FOLDER}rollup/`);
    const files = [...readSql(`${SQL_FOLDER}settle/`), ...rollup];
    await rollUpAll(connection, statements, rollup);
    let is_busy = false;
    return {
      engine,
      loader: createLoader({ connection, statements, rollup }),
      settler: await openSettler({ connection, statements, files, clock, log }),
      async setBusy(busy) {
        if (busy === is_busy) return;
        is_busy = busy;
        await runAll(connection, statements(busy ? 'one_thread' : 'all_threads').text);
      },
      checkpoint: () => runAll(connection, statements('checkpoint').text),
      close() {
        connection.closeSync();
        engine.close();
      },
    };
  } catch (error) {
    engine.close();
    throw error;
  }
};

/** A database from before there were rollups gets them here; any other has nothing to gather. */
const rollUpAll = async (
  connection: DuckDBConnection,
  statements: Statements,
  rollup: readonly SqlFile[],
): Promise<void> => {
  await connection.run('begin');
  await runAll(connection, statements('touch_all').text);
  for (const { text } of rollup) await runAll(connection, text);
  await connection.run('commit');
};
