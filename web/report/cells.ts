// Cells of a report as people read them: durations, shares and instants by the names of their columns.
import type { ReportCell } from '../../server/api/contract.ts';

/** Control characters and marks that turn text around would let a name pretend to be another. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

export const visible = (text: string): string =>
  text.replaceAll(UNSEEN, (char) => `␣${(char.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`);

const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):\d\d(?:\.\d+)?Z$/;

/** `last_used_at` → `last used`. */
export const headOf = (column: string): string =>
  column.replace(/_(at|s)$/, '').replaceAll('_', ' ');

/** Stands where a row has no value. */
export const NOTHING = '–';

export const cellText = (column: string, cell: ReportCell | undefined): string => {
  if (cell === null || cell === undefined) return NOTHING;
  if (typeof cell === 'boolean') return cell ? 'yes' : 'no';
  if (typeof cell === 'number') return numberText(column, cell);
  if (Array.isArray(cell)) return cell.map((item) => cellText(column, item)).join(', ') || NOTHING;
  if (typeof cell === 'object') return visible(JSON.stringify(cell));
  const instant = INSTANT.exec(cell);
  return instant === null ? visible(cell) : `${instant[1] ?? ''} ${instant[2] ?? ''}`;
};

const numberText = (column: string, value: number): string => {
  if (column.endsWith('_s')) return durationText(value);
  if (/(^|_)(bound|rate|share)$/.test(column)) return `${rounded(value * 100)} %`;
  return rounded(value);
};

const GROUPED = new Intl.NumberFormat('en', { maximumSignificantDigits: 21 });

const rounded = (value: number): string =>
  GROUPED.format(Number.isInteger(value) ? value : Number(value.toPrecision(3)));

export const durationText = (seconds: number): string => {
  if (seconds < 120) return `${rounded(seconds)} s`;
  if (seconds < 7200) return `${rounded(seconds / 60)} min`;
  if (seconds < 172_800) return `${rounded(seconds / 3600)} h`;
  return `${rounded(seconds / 86_400)} days`;
};

export const isNumeric = (type: string): boolean => /^(integer|bigint|double)\??$/.test(type);

/** `4 high, 2 low`; findings that there are. */
export const countsText = (counts: Readonly<Record<string, number>> | null): string => {
  const told = ['high', 'medium', 'low', 'info'].flatMap((severity) => {
    const n = counts?.[severity] ?? 0;
    return n === 0 ? [] : [`${n} ${severity}`];
  });
  return told.length === 0 ? 'no findings' : told.join(', ');
};
