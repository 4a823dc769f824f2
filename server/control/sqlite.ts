// Control data in SQLite beside the data: one file for its owner only, each transaction on the disk before it is answered.
import { chmodSync, closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { AppError } from '../errors.ts';
import { SQL_FOLDER, parseQuery, readSql } from '../store/query.ts';
import { follows, nextEntry, writtenOf } from './audit.ts';
import type { Act, AuditEntry, Change, Control, ControlRow, ControlValue } from './control.ts';
import { MIGRATION, migrate } from './migrate.ts';

export const CONTROL_NAME = 'control.sqlite';
/** A backup tool may hold the file for a moment; longer than this is a fault to tell. */
const BUSY_MS = 2000;
/** Entries of the audit log checked at a time. */
const CHAIN_ROWS = 1000;

/** Opens the control data of a folder, made where there is none. Throws AppError `control_unavailable`. */
export const openControl = ({
  folder,
  now,
  sql = `${SQL_FOLDER}control/`,
}: {
  folder: string;
  /** Milliseconds since 1970. */
  now: () => number;
  sql?: string;
}): Control => {
  const path = join(folder, CONTROL_NAME);
  const database = guarded(() => openFile(path));
  try {
    const files = readSql(sql);
    const texts = new Map(
      files
        .filter(({ name }) => !MIGRATION.test(name))
        .map(({ name, text }) => [name, parseQuery(name, text).text]),
    );
    guarded(() => migrate({ database, files }));
    return controlOf({ database, statements: preparedOf(database, texts), now });
  } catch (error) {
    database.close();
    throw error;
  }
};

const openFile = (path: string): DatabaseSync => {
  // SQLite gives its WAL the mode of the file, so that has to be right before SQLite sees it.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
  const database = new DatabaseSync(path, { timeout: BUSY_MS });
  database.exec('pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on');
  return database;
};

/** Statements by name, prepared when they are first asked for. */
const preparedOf = (database: DatabaseSync, texts: ReadonlyMap<string, string>) => {
  const prepared = new Map<string, StatementSync>();
  return (name: string): StatementSync => {
    const known = prepared.get(name);
    if (known !== undefined) return known;
    const text = texts.get(name);
    if (text === undefined) throw new AppError('internal', `no statement ${name}`);
    const statement = database.prepare(text);
    prepared.set(name, statement);
    return statement;
  };
};

const controlOf = ({
  database,
  statements,
  now,
}: {
  database: DatabaseSync;
  statements: (name: string) => StatementSync;
  now: () => number;
}): Control => {
  const rowsOf = (name: string, params: Readonly<Record<string, ControlValue>> = {}) =>
    statements(name).all({ ...params }) as ControlRow[];
  const apply = ({ name, params, or_missing }: Change): number => {
    const changed = Number(statements(name).run({ ...params }).changes);
    if (changed === 0 && or_missing !== undefined) throw new AppError('not_found', or_missing);
    return changed;
  };
  const together = <Answer>(work: () => Answer): Answer =>
    guarded(() => {
      database.exec('begin immediate');
      try {
        const answer = work();
        database.exec('commit');
        return answer;
      } catch (error) {
        if (database.isTransaction) database.exec('rollback');
        throw error;
      }
    });
  const record = (act: Act): void => {
    const [last] = rowsOf('last_audit_entry');
    apply({ name: 'add_audit_entry', params: { ...nextEntry(act, last, now()) } });
  };
  return {
    ask: (name, params) => later(() => guarded(() => rowsOf(name, params))),
    write: (changes) => later(() => together(() => changes.map(apply))),
    act: (act, changes = []) =>
      later(() =>
        together(() => {
          record(act);
          return changes.map(apply);
        }),
      ),
    acts: ({ workspace, limit, before = null }) =>
      later(() =>
        guarded(() => rowsOf('list_audit_entries', { workspace, limit, before })).map(toEntry),
      ),
    firstAlteredAct: () => later(() => guarded(() => firstAltered(rowsOf))),
    close: () => database.close(),
  };
};

/** A thrown fault becomes a rejection, as it would be of a database elsewhere. */
const later = async <Answer>(work: () => Answer): Promise<Answer> => Promise.resolve(work());

const firstAltered = (
  rowsOf: (name: string, params: Readonly<Record<string, ControlValue>>) => ControlRow[],
): number | null => {
  let previous = { seq: 0, hash: '' };
  for (;;) {
    const rows = rowsOf('chain_of_audit', { after: previous.seq, limit: CHAIN_ROWS });
    for (const entry of rows.map(writtenOf)) {
      if (!follows(entry, previous)) return entry.seq;
      previous = entry;
    }
    if (rows.length < CHAIN_ROWS) return null;
  }
};

const toEntry = (row: ControlRow): AuditEntry => ({
  seq: Number(row['seq']),
  occurred_at: String(row['occurred_at']),
  actor: String(row['actor']),
  action: String(row['action']),
  target: String(row['target']),
  detail: JSON.parse(String(row['detail'])) as Record<string, unknown>,
});

/** SQLite's own faults, as one code of ours. */
const guarded = <Answer>(work: () => Answer): Answer => {
  try {
    return work();
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new AppError('control_unavailable', `the control data failed: ${text}`, { cause });
  }
};
