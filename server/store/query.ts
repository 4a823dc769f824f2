// Files of SQL: the catalogue of questions with what their headers declare, and plain statements.
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { AppError } from '../errors.ts';

export const PARAM_TYPES = [
  'text',
  'text[]',
  'bigint',
  'integer',
  'double',
  'boolean',
  'timestamp',
  'uuid',
  'ubigint',
] as const;
export type ParamType = (typeof PARAM_TYPES)[number];

export interface DeclaredParam {
  name: string;
  type: ParamType;
  /** Written with a `?` behind the type. */
  nullable: boolean;
}

export interface DeclaredColumn {
  name: string;
  type: string;
}

/** One file of sql/queries. */
export interface Query {
  name: string;
  text: string;
  question: string;
  grain: string;
  params: readonly DeclaredParam[];
  columns: readonly DeclaredColumn[];
}

export type Catalogue = ReadonlyMap<string, Query>;

/** Where the SQL of the project lies. */
export const SQL_FOLDER = fileURLToPath(new URL('../../sql/', import.meta.url));

/** Reports stand in the catalogue beside the questions, under names that cannot meet theirs. */
export const REPORT_PREFIX = 'reports/';
/** The same for rules of alerts. */
export const ALERT_PREFIX = 'alerts/';

/** All questions, built-in reports and rules by name. Throws AppError `config_invalid` as parseQuery does. */
export const readAll = (): Catalogue =>
  new Map([
    ...readCatalogue(),
    ...[REPORT_PREFIX, ALERT_PREFIX].flatMap((prefix) =>
      readSql(`${SQL_FOLDER}${prefix}`).map(({ name, text }): [string, Query] => {
        const query = parseQuery(`${prefix}${name}`, text);
        return [query.name, query];
      }),
    ),
  ]);

/** All questions by name. Throws AppError `config_invalid` where a header and its statement do not agree. */
export const readCatalogue = (folder: string = `${SQL_FOLDER}queries/`): Catalogue =>
  new Map(readSql(folder).map(({ name, text }) => [name, parseQuery(name, text)]));

export interface SqlFile {
  name: string;
  text: string;
}

/** The .sql files of a folder in the order of their names. */
export const readSql = (folder: string): SqlFile[] =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({
      name: file.slice(0, -'.sql'.length),
      text: readFileSync(`${folder}/${file}`, 'utf8'),
    }));

const HEADER = /^--\s*(\w+):\s*(.*)$/;
const PARAM = /^(\w+)\s+([a-z]+(?:\[\])?)(\?)?(?:\s.*)?$/;
const COLUMN = /^(\w+)\s+(\S+)(?:\s.*)?$/;

/** Reads the header and checks it: every declared parameter is used, and every used one declared. */
export const parseQuery = (name: string, text: string): Query => {
  const bad = (what: string) => new AppError('config_invalid', `sql file ${name}: ${what}`);
  const headers = text.split('\n').flatMap((line) => {
    const match = HEADER.exec(line);
    return match === null ? [] : [{ key: match[1] ?? '', value: (match[2] ?? '').trim() }];
  });
  const first = (key: string) => headers.find((header) => header.key === key)?.value ?? '';
  const all = (key: string) => headers.filter((header) => header.key === key);
  const params = all('param').map(({ value }): DeclaredParam => {
    const match = PARAM.exec(value);
    const type = PARAM_TYPES.find((known) => known === match?.[2]);
    if (match === null || type === undefined) throw bad(`param "${value}" has no known type`);
    return { name: match[1] ?? '', type, nullable: match[3] === '?' };
  });
  const columns = all('column').map(({ value }): DeclaredColumn => {
    const match = COLUMN.exec(value);
    if (match === null) throw bad(`column "${value}" has no type`);
    return { name: match[1] ?? '', type: match[2] ?? '' };
  });
  const used = usedParams(text);
  for (const param of params) {
    if (!used.has(param.name)) throw bad(`param "${param.name}" is declared and not used`);
  }
  for (const param of used) {
    if (!params.some((declared) => declared.name === param)) {
      throw bad(`param "${param}" is used and not declared`);
    }
  }
  return { name, text, question: first('question'), grain: first('grain'), params, columns };
};

/** Names after `$`, outside comments and strings. */
const usedParams = (text: string): Set<string> => {
  const code = text.replaceAll(/--[^\n]*|'(?:[^']|'')*'|"(?:[^"]|"")*"/g, ' ');
  return new Set([...code.matchAll(/\$([a-z_]\w*)/gi)].map((match) => match[1] ?? ''));
};
