// One run of a report: what it is asked, the rows that came, and how the findings count.
import { AppError } from '../errors.ts';
import type { Param, Row } from '../store/store.ts';
import { SEVERITIES, type Definition, type Severity } from './definition.ts';

/** What a run is asked; what is left out has the report's default. */
export interface RunParams {
  environment?: string | undefined;
  agent?: readonly string[] | undefined;
  /** RFC 3339; left out: the report's window before `until`. */
  since?: string | undefined;
  /** RFC 3339; left out: now. */
  until?: string | undefined;
}

/** What a run was asked, whole. */
export interface AskedParams {
  environment: string | null;
  agent: readonly string[] | null;
  since: string;
  until: string;
}

/** A report is read by people and kept whole; what is longer wants an export of a list. */
export const ROWS_MAX = 10_000;
/** The kept rows of one run: a run's page loads them at once. */
export const BODY_BYTES_MAX = 8 * 1024 * 1024;
/** A word is enough to find the row by. */
const TOLD_LENGTH_MAX = 50;
/** A report may read all that is kept, and nobody waits for it in a page. */
export const RUN_TIMEOUT_MS = 60_000;

/** The defaults filled in. Throws AppError `bad_param` where the window is empty. */
export const askedOf = (report: Definition, params: RunParams, now: number): AskedParams => {
  const until_ms =
    params.until === undefined ? now : Math.min(instantOf('until', params.until), now);
  const since_ms =
    params.since === undefined ? until_ms - report.window_ms : instantOf('since', params.since);
  if (since_ms >= until_ms) {
    throw new AppError('bad_param', `param "since" must be before "until" and now`, {
      param: 'since',
    });
  }
  return {
    environment: params.environment ?? null,
    agent: params.agent === undefined || params.agent.length === 0 ? null : params.agent,
    since: new Date(since_ms).toISOString(),
    until: new Date(until_ms).toISOString(),
  };
};

const instantOf = (name: string, told: string): number => {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d/.test(told) ? Date.parse(told) : NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new AppError(
    'bad_param',
    `param "${name}" must be an instant, got ${JSON.stringify(told)}`,
    {
      param: name,
    },
  );
};

/** The parameters that the report's SQL declares; one row more than is kept tells whether there are more. */
export const bindingsOf = (
  report: Definition,
  asked: AskedParams,
  workspace: string,
): Record<string, Param> => {
  const known: Record<string, Param> = {
    workspace,
    environment: asked.environment,
    agent: asked.agent === null ? null : JSON.stringify(asked.agent),
    since: asked.since,
    until: asked.until,
    limit: ROWS_MAX + 1,
  };
  return Object.fromEntries(report.query.params.map(({ name }) => [name, known[name] ?? null]));
};

export type Counts = Readonly<Record<Severity, number>>;

export interface Result {
  rows: readonly Row[];
  truncated: boolean;
  /** Null where the report's rows are no findings. */
  counts: Counts | null;
}

/**
 * The rows as they are kept: cut to the limits, their columns alone. Throws AppError `bad_request` for a severity
 * that is none: whoever waits for findings must not miss one.
 */
export const resultOf = (report: Definition, told: readonly Row[]): Result => {
  const columns = report.query.columns.map((column) => column.name);
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of told.slice(0, ROWS_MAX)) {
    const kept = Object.fromEntries(columns.map((name) => [name, row[name] ?? null]));
    bytes += JSON.stringify(kept).length;
    if (bytes > BODY_BYTES_MAX) break;
    rows.push(kept);
  }
  return { rows, truncated: rows.length < told.length, counts: countsOf(report, rows) };
};

const countsOf = ({ severity }: Definition, rows: readonly Row[]): Counts | null => {
  if (severity === null) return null;
  const counts = { info: 0, low: 0, medium: 0, high: 0 };
  for (const row of rows) {
    const told = row[severity] ?? null;
    // A row without one is no finding.
    if (told === null) continue;
    const known = SEVERITIES.find((one) => one === told);
    if (known === undefined) {
      throw new AppError(
        'bad_request',
        `a row has the severity ${JSON.stringify(told).slice(0, TOLD_LENGTH_MAX)}, which is none of ${SEVERITIES.join(', ')}`,
      );
    }
    counts[known] += 1;
  }
  return counts;
};

/** Findings at a severity or above it. */
export const findingsFrom = (counts: Counts, least: Severity): number =>
  SEVERITIES.slice(SEVERITIES.indexOf(least)).reduce((sum, severity) => sum + counts[severity], 0);
