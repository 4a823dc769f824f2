// A report as its SQL file declares it: the question's header, and how it is dated, scheduled, judged and drawn.
import { createHash } from 'node:crypto';
import { AppError } from '../errors.ts';
import { parseQuery, type Query } from '../store/query.ts';

/** How bad a finding is, the least first. */
export const SEVERITIES = ['info', 'low', 'medium', 'high'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** How the rows are drawn: `bars` sums a value by label (or counts rows), `shares` shows a part within its whole. */
export type ChartSpec =
  | { kind: 'bars'; label: string; value: string | null }
  | { kind: 'shares'; label: string; part: string; whole: string };

export interface Definition {
  name: string;
  title: string;
  query: Query;
  /** The column that holds a severity; null where rows are no findings. */
  severity: string | null;
  chart: ChartSpec | null;
  /** Length of the window where a run does not say it. */
  window_ms: number;
  /** Cron expression that is proposed for a schedule; null for none. */
  schedule: string | null;
  /** SHA-256 of the file. */
  digest: string;
}

const DAY_MS = 86_400_000;
const WINDOW_DEFAULT = '90 days';
/** What is kept: no window reaches further back. */
const WINDOW_DAYS_MAX = 400;
const NAME = /^[a-z][a-z0-9_]{0,63}$/;
/** Parameters that a run gives; a report can ask for no others. */
const GIVEN: Readonly<Record<string, string>> = {
  workspace: 'text',
  environment: 'text',
  agent: 'text[]',
  since: 'timestamp',
  until: 'timestamp',
  limit: 'integer',
};

/** Throws AppError `config_invalid` that says what is wrong with the header. */
export const readDefinition = (name: string, text: string, noun = 'report'): Definition => {
  const bad = (what: string) =>
    new AppError('config_invalid', `${noun} ${name}: ${what}`, { what });
  if (!NAME.test(name)) throw bad('its name must be of a-z, 0-9 and _, beginning with a letter');
  const query = parseQuery(name, text);
  if (query.question === '') throw bad('its header has no "question:"');
  if (query.columns.length === 0) throw bad('its header declares no "column:"');
  for (const param of query.params) {
    if (GIVEN[param.name] !== param.type) {
      throw bad(
        `param "${param.name} ${param.type}" is none that a run gives; there are ${Object.entries(
          GIVEN,
        )
          .map(([known, type]) => `${known} ${type}`)
          .join(', ')}`,
      );
    }
  }
  const severity = headerOf(text, 'severity');
  if (severity !== null && !hasColumn(query, severity)) {
    throw bad(`"severity: ${severity}" names no declared column`);
  }
  const days = windowDays(headerOf(text, 'window') ?? WINDOW_DEFAULT);
  if (days === null) throw bad(`"window:" must be a number of days from 1 to ${WINDOW_DAYS_MAX}`);
  const drawn = headerOf(text, 'chart');
  const chart = drawn === null ? null : readChart(drawn, query);
  if (chart === undefined) {
    throw bad('"chart:" must be "bars <label> [<value>]" or "shares <label> <part> <whole>"');
  }
  return {
    name,
    title: headerOf(text, noun) ?? name.replaceAll('_', ' '),
    query,
    severity,
    chart,
    window_ms: days * DAY_MS,
    schedule: headerOf(text, 'schedule'),
    digest: createHash('sha256').update(text).digest('hex'),
  };
};

export const headerOf = (text: string, key: string): string | null => {
  const value = new RegExp(`^--[ \\t]*${key}:[ \\t]*(.+)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  return value === '' ? null : value;
};

export const hasColumn = (query: Query, name: string): boolean =>
  query.columns.some((column) => column.name === name);

const windowDays = (told: string): number | null => {
  const days = Number(/^(\d{1,3}) days?$/.exec(told)?.[1] ?? NaN);
  return days >= 1 && days <= WINDOW_DAYS_MAX ? days : null;
};

/** Undefined where the words are none of a chart, or name no columns. */
const readChart = (told: string, query: Query): ChartSpec | undefined => {
  const [kind, label, first, second, more] = told.split(/\s+/);
  if (more !== undefined || label === undefined) return undefined;
  if (![label, first, second].every((name) => name === undefined || hasColumn(query, name))) {
    return undefined;
  }
  if (kind === 'bars' && second === undefined) return { kind, label, value: first ?? null };
  if (kind === 'shares' && first !== undefined && second !== undefined) {
    return { kind, label, part: first, whole: second };
  }
  return undefined;
};
