// A process of its own that runs one user's report over a snapshot and ends: it reads its task from stdin, and writes
// its answer to stdout. Whoever started it kills it at the deadline; it has no environment and no way to the database.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { AppError } from '../errors.ts';
import { checkStatement } from './allowed.ts';
import { askAll, askPieces, runAll } from './duckdb.ts';
import { tellError, type ToldError } from './messages.ts';
import { SQL_FOLDER, parseQuery, readSql } from './query.ts';
import { readSnapshotTables } from './snapshot.ts';
import type { Param, Row } from './store.ts';

export interface SandboxTask {
  name: string;
  text: string;
  /** Null only checks the statement. */
  run: {
    snapshot: string;
    params: Record<string, Param>;
    rows_max: number;
    bytes_max: number;
  } | null;
}

export type SandboxAnswer = { rows: Row[]; columns: readonly string[] } | { error: ToldError };

/** Half of it is the engine's own; what a report needs beyond that is too much. */
const MEMORY_LIMIT = '512MB';
/** A statement's columns are known when it has values; over empty tables any will do. */
const SOME: Record<string, Param> = {
  workspace: '',
  since: '1970-01-01T00:00:00Z',
  until: '1970-01-02T00:00:00Z',
  limit: 1,
};
const MIGRATION = /^\d{4}_\w+$/;
const MACRO = /create or replace macro\s+(\w+)\s*\(/gi;

const answer = async ({ name, text, run }: SandboxTask): Promise<SandboxAnswer> => {
  const tables = readSnapshotTables().map((table) => table.name);
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    memory_limit: MEMORY_LIMIT,
    max_temp_directory_size: '0KB',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  const macros = await openFacts(connection, tables, run?.snapshot ?? null);
  const question = parseQuery(name, text);
  checkStatement(await parse(connection, text), { tables: new Set(tables), macros });
  const declared = question.columns.map((column) => column.name);
  let columns: readonly string[] = [];
  const same = (names: readonly string[]): void => {
    columns = names;
    if (names.join() === declared.join()) return;
    const fault = `it returns the columns ${names.join(', ')}, and declares ${declared.join(', ')}`;
    throw new AppError('bad_request', fault);
  };
  const { params, rows_max, bytes_max } = run ?? { params: SOME, rows_max: 0, bytes_max: 0 };
  const bound = Object.fromEntries(question.params.map(({ name: of }) => [of, params[of] ?? null]));
  const rows: Row[] = [];
  let bytes = 0;
  for await (const piece of askPieces({ connection, question, params: bound, columns: same })) {
    for (const row of piece) {
      if (rows.length >= rows_max) return { rows, columns };
      bytes += JSON.stringify(row).length;
      if (bytes > bytes_max) throw new AppError('too_large', 'its rows are too large to keep');
      rows.push(row);
    }
  }
  return { rows, columns };
};

/** The schema with its macros, its tables empty or the snapshot's; then nothing more can be opened or set. */
const openFacts = async (
  connection: DuckDBConnection,
  tables: readonly string[],
  snapshot: string | null,
): Promise<Set<string>> => {
  const files = readSql(`${SQL_FOLDER}duckdb/`);
  for (const { name, text } of files) if (MIGRATION.test(name)) await runAll(connection, text);
  if (snapshot !== null) {
    const folder = snapshot.replaceAll("'", "''");
    for (const table of tables) {
      const path = join(folder, `${table}.parquet`);
      if (!existsSync(join(snapshot, `${table}.parquet`))) continue;
      // Macros ask tables for their rows' ids, which files number under another name.
      await runAll(
        connection,
        `drop table ${table};
         create view ${table} as select * exclude (file_row_number), file_row_number as rowid
         from read_parquet('${path}', file_row_number = true)`,
      );
    }
  }
  const macros = new Set<string>();
  for (const { name, text } of files) {
    if (MIGRATION.test(name)) continue;
    await runAll(connection, text);
    for (const statement of text.split(/;\s*$/m)) {
      // One that takes the name of a table as a text could be told any name.
      if (statement.includes('query_table(')) continue;
      for (const match of statement.matchAll(MACRO)) macros.add((match[1] ?? '').toLowerCase());
    }
  }
  const allowed = snapshot === null ? '' : `'${snapshot.replaceAll("'", "''")}'`;
  await runAll(
    connection,
    `set allowed_directories = [${allowed}]; set enable_external_access = false; set lock_configuration = true`,
  );
  return macros;
};

const parse = async (connection: DuckDBConnection, text: string): Promise<unknown> => {
  const question = {
    name: 'parse',
    text: 'select json_serialize_sql($text::varchar) as parsed',
    params: [{ name: 'text', type: 'text' as const, nullable: false }],
  };
  const [row] = await askAll({ connection, question, params: { text } });
  const told = row?.['parsed'];
  return typeof told === 'string' ? (JSON.parse(told) as unknown) : told;
};

const task = JSON.parse(readFileSync(0, 'utf8')) as SandboxTask;
const told = await answer(task).catch((error: unknown): SandboxAnswer => ({
  error: tellError(error),
}));
process.stdout.write(JSON.stringify(told));
