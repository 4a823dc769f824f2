// Brings the control data to the schema of this version: numbered files, forward only, each remembered with its checksum.
import { createHash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import type { SqlFile } from '../store/query.ts';

export const MIGRATION = /^\d{4}_\w+$/;

/** Throws AppError `control_unavailable` where an applied file was changed or is not of this version. */
export const migrate = ({
  database,
  files,
}: {
  database: DatabaseSync;
  /** All of sql/control. */
  files: readonly SqlFile[];
}): void => {
  const textOf = (name: string): string => files.find((file) => file.name === name)?.text ?? '';
  const migrations = files.filter(({ name }) => MIGRATION.test(name));
  database.exec(textOf('create_migrations'));
  const applied = database.prepare(textOf('list_migrations')).all();
  for (const [i, row] of applied.entries()) {
    const name = String(row['name']);
    const file = migrations[i];
    if (file === undefined || file.name !== name) {
      throw new AppError('control_unavailable', `migration ${name} is not of this version`);
    }
    if (checksumOf(file.text) !== row['checksum']) {
      throw new AppError(
        'control_unavailable',
        `migration ${name} was changed after it was applied`,
      );
    }
  }
  for (const { name, text } of migrations.slice(applied.length)) {
    database.exec('begin immediate');
    try {
      database.exec(text);
      const checksum = checksumOf(text);
      database.prepare(textOf('record_migration')).run({ name, checksum });
      database.exec('commit');
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      throw error;
    }
  }
};

const checksumOf = (text: string): string => createHash('sha256').update(text).digest('hex');
