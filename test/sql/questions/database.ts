// A real DuckDB in memory with the migrated schema, settled rows put straight into it, and the questions to ask it.
import { BIGINT, BOOLEAN, LIST, TIMESTAMP, UUID, VARCHAR } from '@duckdb/node-api';
import { DuckDBTimestampValue, DuckDBUUIDValue, type DuckDBType } from '@duckdb/node-api';
import { openEngine, askAll, type DuckDBConnection } from '../../../server/store/duckdb.ts';
import { migrate } from '../../../server/store/migrate.ts';
import { SQL_FOLDER, readAll, readSql } from '../../../server/store/query.ts';
import { readStatements } from '../../../server/store/statements.ts';
import type { Param, Row } from '../../../server/store/store.ts';
import { DEFAULTS, type Given } from './rows.ts';

export const CATALOGUE = readAll();

/** Gathered from what a case gives. */
const ROLLUPS = [
  'agents',
  'permissions',
  'offers',
  'agent_profiles',
  'sessions',
  'session_uses',
  'tokens',
  'grant_spells',
  'session_days',
  'use_days',
];

/** Parameters that every case shares; each file takes those it declares. */
const PARAMS: Record<string, Param | Param[]> = {
  workspace: 'default',
  environment: null,
  since: '2026-08-01T00:00:00Z',
  until: '2026-10-30T00:00:00Z',
  now: '2026-10-30T00:00:00Z',
  limit: 1000,
};

export interface Database {
  connection: DuckDBConnection;
  fill(given: Given): Promise<void>;
  ask(name: string, params?: Record<string, Param | Param[]>): Promise<Row[]>;
  /** Names of the columns that it returns. */
  columnsOf(name: string): Promise<readonly string[]>;
  clear(): Promise<void>;
  close(): void;
}

/** `writable`: a folder that statements may write files to. */
export const openDatabase = async (writable: string | null = null): Promise<Database> => {
  const engine = await openEngine({ path: ':memory:', writable });
  const connection = await engine.connect();
  const statements = readStatements();
  await migrate({ connection, statements });
  await connection.run(statements('create_temporary').text);
  const shapes = await shapesOf(connection);
  return {
    connection,
    fill: async (given) => {
      for (const [table, rows] of Object.entries(given)) {
        const shape = shapes.get(table);
        if (shape === undefined) throw new Error(`no table ${table}`);
        if (rows.length > 0) await insert(connection, table, shape, rows);
      }
      for (const table of ROLLUPS) await connection.run(`truncate ${table}`);
      await connection.run(statements('touch_all').text);
      for (const { text } of readSql(`${SQL_FOLDER}rollup/`)) await connection.run(text);
    },
    ask: async (name, params = {}) => {
      const question = CATALOGUE.get(name);
      if (question === undefined) throw new Error(`no question ${name}`);
      const known: Record<string, Param | Param[]> = { ...PARAMS, ...params };
      const bound: Record<string, Param> = {};
      for (const { name: param } of question.params) {
        const value = known[param] ?? null;
        bound[param] = Array.isArray(value) ? JSON.stringify(value) : value;
      }
      return askAll({ connection, question, params: bound });
    },
    columnsOf: async (name) => {
      const question = CATALOGUE.get(name);
      const statement = await connection.prepare(question?.text ?? '');
      for (const { name: param, type } of question?.params ?? []) {
        const [value, as] = SOME[type] ?? [null, VARCHAR];
        statement.bindValue(statement.parameterIndex(param), value, as);
      }
      return (await statement.runAndReadAll()).columnNames();
    },
    clear: async () => {
      for (const table of [...Object.keys(DEFAULTS), ...ROLLUPS])
        await connection.run(`truncate ${table}`);
    },
    close: () => {
      connection.closeSync();
      engine.close();
    },
  };
};

/** Some value of each type of parameter: columns do not depend on it. */
const SOME: Record<string, [DuckDBTimestampValue | DuckDBUUIDValue | bigint | null, DuckDBType]> = {
  timestamp: [new DuckDBTimestampValue(0n), TIMESTAMP],
  uuid: [DuckDBUUIDValue.fromUint128(0n), UUID],
  integer: [1n, BIGINT],
  boolean: [null, BOOLEAN],
  'text[]': [null, LIST(VARCHAR)],
};

const shapesOf = async (
  connection: DuckDBConnection,
): Promise<Map<string, Map<string, string>>> => {
  const found = await connection.runAndReadAll(
    'select table_name, column_name, data_type from duckdb_columns() where not internal',
  );
  const shapes = new Map<string, Map<string, string>>();
  for (const row of found.getRowsJson()) {
    const [table = '', column = '', type = ''] = row.map((cell) =>
      typeof cell === 'string' ? cell : '',
    );
    const shape = shapes.get(table) ?? new Map<string, string>();
    shapes.set(table, shape.set(column, type));
  }
  return shapes;
};

const insert = async (
  connection: DuckDBConnection,
  table: string,
  shape: Map<string, string>,
  rows: readonly Record<string, unknown>[],
): Promise<void> => {
  const full = rows.map((row) => ({ ...DEFAULTS[table]?.(row), ...row }));
  for (const name of full.flatMap(Object.keys)) {
    if (!shape.has(name)) throw new Error(`no column ${table}.${name}`);
  }
  const given = new Set(full.flatMap(Object.keys));
  const columns = [...shape].filter(([name]) => given.has(name));
  const structure = JSON.stringify([Object.fromEntries(columns)]);
  const names = columns.map(([name]) => name).join(', ');
  await connection.run(
    `insert into ${table} (${names}) select r.* from
       (select unnest(from_json($rows, '${structure}')) as r)`,
    { rows: JSON.stringify(full) },
  );
};
