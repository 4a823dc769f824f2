// What the decisions page filters by and shows: names of the API's filters, labels, and a row's values by name.
import type { DecisionRow } from '../../server/api/contract.ts';
import { passes } from './filters.ts';
import type { Filter } from './filters.ts';

/** Names of the API's filters that the page takes from the address, each with a `not_` of its own. */
export const FILTERS = [
  'effect',
  'agent',
  'permission',
  'rule',
  'user',
  'reason',
  'resource_type',
  'resource_id',
  'session',
  'policy',
  'engine',
  'enforcement',
  'tier',
] as const;
export type FilterName = (typeof FILTERS)[number];

export const LABELS: Readonly<Record<string, string>> = {
  resource_type: 'resource type',
  resource_id: 'resource',
};

/** A row is one span; engines may reuse their own decision ids. */
export const rowKey = (row: DecisionRow): string => `${row.trace_id}/${row.span_id}`;

/** What stands in a row under a filter's name. */
export const valuesOf = (row: DecisionRow, name: string): readonly (string | null)[] => {
  if (name === 'rule') return row.rules;
  const value = row[name as Exclude<FilterName, 'rule'>];
  return [value];
};

/** Whether a row that came live belongs in a table with these filters and this environment. */
export const belongs = (
  row: DecisionRow,
  { filters, environment }: { filters: readonly Filter[]; environment: string | null },
): boolean =>
  (environment === null || row.environment === environment) &&
  passes(filters, (name) => valuesOf(row, name));

const HOUR_MS = 3_600_000;

/** Milliseconds of each width. */
export const BUCKET_MS = {
  minute: 60_000,
  hour: HOUR_MS,
  day: 24 * HOUR_MS,
  week: 7 * 24 * HOUR_MS,
} as const;

/** The width of the histogram's buckets: at most about 120 bars over the range. */
export const bucketOf = (length_ms: number): keyof typeof BUCKET_MS => {
  if (length_ms <= 2 * HOUR_MS) return 'minute';
  if (length_ms <= 5 * 24 * HOUR_MS) return 'hour';
  return length_ms <= 130 * 24 * HOUR_MS ? 'day' : 'week';
};
