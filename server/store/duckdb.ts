// The embedded engine: one instance on one file, its connections, questions with typed parameters and a deadline.
import {
  BOOLEAN,
  BIGINT,
  DOUBLE,
  DuckDBInstance,
  DuckDBTimestampValue,
  DuckDBUUIDValue,
  LIST,
  TIMESTAMP,
  UBIGINT,
  UUID,
  VARCHAR,
  listValue,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { AppError } from '../errors.ts';
import { createRowReader } from './cells.ts';
import { instantToMicros } from './instant.ts';
import type { DeclaredParam, ParamType } from './query.ts';
import type { Param, Row } from './store.ts';

export type { DuckDBConnection } from '@duckdb/node-api';

export interface Engine {
  connect(): Promise<DuckDBConnection>;
  close(): void;
}

/** A statement with the parameters that its file declares. */
export interface Question {
  name: string;
  text: string;
  params: readonly DeclaredParam[];
}

/** Threads of one statement: one each for the two cores that the design was measured on; sql/load/one_thread.sql makes it one. */
const THREADS = '2';
/** A load of a row group with its settle needs some 500 MiB; beyond this DuckDB spills to disk. */
const MEMORY_LIMIT = '2GB';
/** Of a sorted page the engine reads the whole rows last, up to the longest page that the API gives. */
const PAGE_ROWS = '1001';
/** A question past its deadline is told so again and again until it ends. */
const INTERRUPT_EVERY_MS = 100;
/** Far above what the small tables write between two idle moments: a checkpoint under load stalls it for seconds. */
const CHECKPOINT_THRESHOLD = '1GB';

/**
 * Opens the database file, made where it is missing.
 * INVARIANT: one instance per file and process; a second one opens without a word and loses data.
 * Throws AppError `store_unavailable`.
 */
export const openEngine = async ({
  path,
  memory_limit = MEMORY_LIMIT,
  writable = null,
}: {
  path: string;
  memory_limit?: string;
  /** A folder that statements may write files to; null for none. */
  writable?: string | null;
}): Promise<Engine> => {
  const instance = await DuckDBInstance.create(path, {
    threads: THREADS,
    memory_limit,
    checkpoint_threshold: CHECKPOINT_THRESHOLD,
    late_materialization_max_rows: PAGE_ROWS,
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  }).catch((error: unknown) => {
    throw toStoreError(error, 'open');
  });
  const connection = await instance.connect();
  const allowed = writable === null ? '' : `'${writable.replaceAll("'", "''")}'`;
  await connection.run(
    `set allowed_directories = [${allowed}]; set enable_external_access = false`,
  );
  connection.closeSync();
  return { connect: () => instance.connect(), close: () => instance.closeSync() };
};

/** Runs all statements of a file that takes no parameters. */
export const runAll = async (connection: DuckDBConnection, text: string): Promise<void> => {
  await connection.run(text);
};

/** All rows of a question. Throws AppError `bad_param`, `query_timeout` or `store_unavailable`. */
export const askAll = async (options: AskOptions): Promise<Row[]> => {
  const rows: Row[] = [];
  for await (const piece of askPieces(options)) rows.push(...piece);
  return rows;
};

export interface AskOptions {
  connection: DuckDBConnection;
  question: Question;
  params: Readonly<Record<string, Param>>;
  timeout_ms?: number;
  /** Told the names of the columns before the first row. */
  columns?: (names: readonly string[]) => void;
}

/** The same in pieces of at most 2,048 rows; nothing is read ahead of whoever takes them. */
export async function* askPieces({
  connection,
  question,
  params,
  timeout_ms,
  columns,
}: AskOptions): AsyncGenerator<Row[]> {
  let late = false;
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    late = true;
    connection.interrupt();
    // Between its steps a statement takes no notice.
    again = setTimeout(interrupt, INTERRUPT_EVERY_MS);
  };
  const timer = timeout_ms === undefined ? undefined : setTimeout(interrupt, timeout_ms);
  let statement: DuckDBPreparedStatement | null = null;
  try {
    statement = await connection.prepare(question.text);
    bindAll(statement, question, params);
    const result = await statement.stream();
    columns?.(result.deduplicatedColumnNames());
    const toRows = createRowReader(result.deduplicatedColumnNames());
    for (;;) {
      const chunk = await result.fetchChunk();
      if (late) throw new Error('INTERRUPT');
      if (chunk === null || chunk.rowCount === 0) return;
      yield toRows(chunk.getColumns(), chunk.rowCount);
    }
  } catch (error) {
    if (late) {
      const data = { query: question.name, timeout_ms };
      throw new AppError('query_timeout', `query ${question.name} took too long`, data);
    }
    throw toStoreError(error, question.name);
  } finally {
    clearTimeout(timer);
    clearTimeout(again);
    statement?.destroySync();
  }
}

/** After such an error the instance answers nothing any more until it is opened again. */
export const isInvalidated = (error: unknown): boolean => {
  const cause = error instanceof AppError ? error.data['cause'] : error;
  const text = cause instanceof Error ? cause.message : String(cause);
  return /database has been invalidated|FATAL Error|INTERNAL Error/.test(text);
};

const toStoreError = (error: unknown, what: string): AppError => {
  if (error instanceof AppError) return error;
  const text = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
  return new AppError('store_unavailable', `the store failed at ${what}: ${text}`, {
    cause: error,
  });
};

const bindAll = (
  statement: DuckDBPreparedStatement,
  question: Question,
  params: Readonly<Record<string, Param>>,
): void => {
  const unknown = Object.keys(params).find(
    (name) => !question.params.some((param) => param.name === name),
  );
  if (unknown !== undefined) {
    throw new AppError('bad_param', `query ${question.name} has no param "${unknown}"`);
  }
  for (const declared of question.params) {
    const index = statement.parameterIndex(declared.name);
    const value = params[declared.name] ?? null;
    if (value !== null) {
      const { type, to } = BINDINGS[declared.type];
      const bound = to(value);
      if (bound === null) throw badParam(question, declared, value);
      statement.bindValue(index, bound, type);
    } else if (declared.nullable) {
      statement.bindNull(index);
    } else {
      throw badParam(question, declared, value);
    }
  }
};

const badParam = ({ name: query }: Question, { name, type }: DeclaredParam, value: Param) =>
  new AppError('bad_param', `param "${name}" must be ${type}, got ${JSON.stringify(value)}`, {
    query,
    param: name,
  });

const whole = (value: Param): bigint | null =>
  typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : null;
const asText = (value: Param): string | null => (typeof value === 'string' ? value : null);

/** Values as DuckDB takes them; null where the value does not fit the declared type. */
const BINDINGS: Record<ParamType, { type: DuckDBType; to: (value: Param) => DuckDBValue }> = {
  text: { type: VARCHAR, to: asText },
  'text[]': {
    type: LIST(VARCHAR),
    to: (value) => {
      const items = typeof value === 'string' ? parseTexts(value) : null;
      return items === null ? null : listValue(items);
    },
  },
  bigint: { type: BIGINT, to: whole },
  integer: { type: BIGINT, to: whole },
  double: {
    type: DOUBLE,
    to: (value) => (typeof value === 'number' && Number.isFinite(value) ? value : null),
  },
  boolean: { type: BOOLEAN, to: (value) => (typeof value === 'boolean' ? value : null) },
  timestamp: {
    type: TIMESTAMP,
    to: (value) => {
      const micros = typeof value === 'string' ? instantToMicros(value) : null;
      return micros === null ? null : new DuckDBTimestampValue(micros);
    },
  },
  uuid: {
    type: UUID,
    to: (value) =>
      typeof value === 'string' && /^[0-9a-f]{32}$/.test(value)
        ? DuckDBUUIDValue.fromUint128(BigInt(`0x${value}`))
        : null,
  },
  ubigint: {
    type: UBIGINT,
    to: (value) =>
      typeof value === 'string' && /^[0-9a-f]{16}$/.test(value) ? BigInt(`0x${value}`) : null,
  },
};

/** Lists come as JSON, because a parameter is one value. */
const parseTexts = (json: string): string[] | null => {
  try {
    const items: unknown = JSON.parse(json);
    if (!Array.isArray(items)) return null;
    return items.every((item): item is string => typeof item === 'string') ? items : null;
  } catch {
    return null;
  }
};
