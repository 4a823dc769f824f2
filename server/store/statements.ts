// The loader's own statements: the files of sql/load by name.
import { AppError } from '../errors.ts';
import { SQL_FOLDER, parseQuery, readSql, type Query } from './query.ts';

/** A statement of sql/load. Throws AppError `internal` where there is none of that name. */
export type Statements = (name: string) => Query;

export const readStatements = (): Statements => {
  const files = new Map(
    readSql(`${SQL_FOLDER}load/`).map(({ name, text }) => [name, parseQuery(name, text)]),
  );
  return (name) => {
    const found = files.get(name);
    if (found === undefined) throw new AppError('internal', `no statement ${name}`);
    return found;
  };
};
