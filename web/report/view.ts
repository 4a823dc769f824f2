// What a run's page draws: texts that are ready to be shown, whoever made them.
import type { RunDetail } from '../../server/api/contract.ts';
import { cellText, countsText, headOf, isNumeric, NOTHING } from './cells.ts';
import { chartOf } from './chart.ts';

export interface ReportView {
  title: string;
  question: string;
  window: string;
  /** In words; null where rows are no findings. */
  findings: string | null;
  counts: readonly { severity: string; n: number }[];
  chart: {
    title: string;
    bars: readonly { label: string; share: number; part: number | null; text: string }[];
    more: number;
  } | null;
  columns: readonly { name: string; head: string; numeric: boolean }[];
  rows: readonly { severity: string | null; cells: readonly string[] }[];
  /** Columns that say the same in every row, told once above them; '' where they say nothing. */
  same: readonly { head: string; value: string }[];
  /** How much was left out; '' for nothing. */
  cut: string;
  footer: string;
}

/** A page with more rows takes seconds to open in a browser. */
const ROWS_MAX = 2000;

export const viewOf = (run: RunDetail): ReportView => {
  const { shape, counts } = run;
  const columns = shape?.columns ?? [];
  const severity = shape?.severity ?? null;
  const rows = run.rows.slice(0, ROWS_MAX);
  const texts = rows.map((row) => columns.map(({ name }) => cellText(name, row[name])));
  const folded = columns.map(
    ({ name, type }, c) => name !== severity && !isNumeric(type) && isSame(texts, c),
  );
  return {
    title: run.title,
    question: shape?.question ?? '',
    window: windowText(run),
    findings: counts === null ? null : countsText(counts),
    counts: (['high', 'medium', 'low', 'info'] as const).flatMap((severity) =>
      counts === null || counts[severity] === 0 ? [] : [{ severity, n: counts[severity] }],
    ),
    chart: chartOf(run),
    columns: columns
      .filter((_, c) => folded[c] !== true)
      .map(({ name, type }) => ({ name, head: headOf(name), numeric: isNumeric(type) })),
    rows: rows.map((row, r) => ({
      severity: severity === null ? null : cellText(severity, row[severity]),
      cells: (texts[r] ?? []).filter((_, c) => folded[c] !== true),
    })),
    same: columns.flatMap(({ name }, c) => {
      const value = texts[0]?.[c] ?? '';
      return folded[c] === true
        ? [{ head: headOf(name), value: value === NOTHING ? '' : value }]
        : [];
    }),
    cut:
      rows.length < run.rows.length || run.truncated
        ? `The first ${rows.length} rows; there are more.`
        : '',
    footer: `Run ${run.id} · SQL ${run.digest.slice(0, 12)} · ${run.started_at.slice(0, 16).replace('T', ' ')} UTC · ${run.duration_ms ?? 0} ms`,
  };
};

/** More than one row, and all of them with one text in this column. */
const isSame = (texts: readonly (readonly string[])[], c: number): boolean =>
  texts.length > 1 && texts.every((cells) => cells[c] === texts[0]?.[c]);

export const windowText = ({ params }: Pick<RunDetail, 'params'>): string =>
  [
    `${minute(params.since)} to ${minute(params.until)} UTC`,
    params.environment ?? 'all environments',
    ...(params.agent === null ? [] : [params.agent.join(', ')]),
  ].join(' · ');

const minute = (instant: string): string => instant.slice(0, 16).replace('T', ' ');
