// The engine's values as cells of an answer.
import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUUIDValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import { microsToInstant } from './instant.ts';
import type { Cell, Row } from './store.ts';

/** Makes rows from the columns of a chunk. */
export const createRowReader =
  (names: readonly string[]) =>
  (columns: readonly (readonly DuckDBValue[])[], count: number): Row[] => {
    const cells = columns.map((values, i) => {
      const name = names[i] ?? '';
      return values.map((value) => toCell(value, name));
    });
    return Array.from({ length: count }, (_, row) => {
      const answer: Row = {};
      for (const [i, name] of names.entries()) answer[name] = cells[i]?.[row] ?? null;
      return answer;
    });
  };

/** A cell that is a text; '' where it is none. */
export const textOf = (row: Row, name: string): string => {
  const cell = row[name];
  return typeof cell === 'string' ? cell : '';
};

/**
 * Instants become RFC 3339, UUIDs 32 hex digits, whole numbers of any width JavaScript numbers.
 * A ubigint under a name that ends in `span_id` is an id and becomes 16 hex digits; its numbers exceed 2^53.
 */
export const toCell = (value: DuckDBValue, name: string): Cell => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'bigint') {
    return name.endsWith('span_id') ? value.toString(16).padStart(16, '0') : Number(value);
  }
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue) {
    return microsToInstant(value.micros);
  }
  if (value instanceof DuckDBUUIDValue) return value.toUint128().toString(16).padStart(32, '0');
  if (value instanceof DuckDBDecimalValue) return value.toDouble();
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map((item) => toCell(item, name));
  }
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(
      Object.entries(value.entries).map(([field, item]) => [field, toCell(item, field)]),
    );
  }
  if (value instanceof DuckDBMapValue) {
    return Object.fromEntries(
      value.entries.map(({ key, value: item }) => [String(key), toCell(item, name)]),
    );
  }
  if (value instanceof DuckDBBlobValue) return Buffer.from(value.bytes).toString('base64');
  return String(value);
};
