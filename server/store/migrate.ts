// Brings a database to the schema of this version: numbered files, forward only, each remembered with its checksum.
import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { textOf } from './cells.ts';
import { askAll, runAll, type DuckDBConnection } from './duckdb.ts';
import { SQL_FOLDER, readSql } from './query.ts';
import type { Statements } from './statements.ts';

const MIGRATION = /^\d{4}_\w+$/;
/** Files in the order of their names, since later ones call earlier ones. */
const FUNCTIONS = /^functions(_\w+)?$/;

/**
 * Applies what is not applied yet, then (re)defines the functions. Returns the names applied now.
 * Throws AppError `store_unavailable` where an applied file was changed or is not known to this version.
 */
export const migrate = async ({
  connection,
  statements,
  folder = `${SQL_FOLDER}duckdb/`,
}: {
  connection: DuckDBConnection;
  statements: Statements;
  folder?: string;
}): Promise<string[]> => {
  const files = readSql(folder)
    .filter(({ name }) => MIGRATION.test(name))
    .map((file) => ({ ...file, checksum: checksumOf(file.text) }));
  await runAll(connection, statements('create_migrations').text);
  const applied = await askAll({
    connection,
    question: statements('list_migrations'),
    params: {},
  });
  for (const [i, row] of applied.entries()) {
    const name = textOf(row, 'name');
    const file = files[i];
    if (file === undefined || file.name !== name) {
      throw new AppError('store_unavailable', `migration ${name} is not of this version`);
    }
    if (file.checksum !== textOf(row, 'checksum')) {
      throw new AppError('store_unavailable', `migration ${name} was changed after it was applied`);
    }
  }
  const fresh = files.slice(applied.length);
  for (const { name, text, checksum } of fresh) {
    await connection.run('begin');
    try {
      await runAll(connection, text);
      const question = statements('record_migration');
      await askAll({ connection, question, params: { name, checksum } });
      await connection.run('commit');
    } catch (error) {
      await connection.run('rollback').catch(() => undefined);
      throw error;
    }
  }
  for (const { name, text } of readSql(folder)) {
    if (FUNCTIONS.test(name)) await runAll(connection, text);
  }
  return fresh.map(({ name }) => name);
};

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
