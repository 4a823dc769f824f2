// The figures of a report's chart, from its rows.
import type { RunDetail } from '../../server/api/contract.ts';
import { cellText, headOf } from './cells.ts';

export interface Bar {
  label: string;
  /** Length as a share of the longest, 0 to 1. */
  share: number;
  /** Of that the marked part, 0 to 1; null where bars have none. */
  part: number | null;
  text: string;
}

export interface Chart {
  title: string;
  bars: readonly Bar[];
  /** How many were left out. */
  more: number;
}

/** As many as a page shows without scrolling. */
const BARS_MAX = 12;

/** Null where there is nothing to draw. */
export const chartOf = ({ shape, rows }: Pick<RunDetail, 'shape' | 'rows'>): Chart | null => {
  const spec = shape?.chart ?? null;
  if (spec === null) return null;
  const sums = new Map<string, { part: number; whole: number }>();
  for (const row of rows) {
    const label = cellText(spec.label, row[spec.label]);
    const sum = sums.get(label) ?? { part: 0, whole: 0 };
    if (spec.kind === 'bars') sum.whole += spec.value === null ? 1 : numberOf(row[spec.value]);
    else {
      sum.part += numberOf(row[spec.part]);
      sum.whole += numberOf(row[spec.whole]);
    }
    sums.set(label, sum);
  }
  const sorted = [...sums]
    .filter(([, { whole }]) => whole > 0)
    .sort(([a, one], [b, two]) => two.whole - one.whole || (a < b ? -1 : 1));
  const longest = sorted[0]?.[1].whole ?? 0;
  if (longest === 0) return null;
  const bars = sorted.slice(0, BARS_MAX).map(([label, { part, whole }]): Bar => {
    if (spec.kind === 'bars') {
      const text = cellText(spec.value ?? 'rows', whole);
      return { label, share: whole / longest, part: null, text };
    }
    return {
      label,
      share: whole / longest,
      part: Math.min(1, part / whole),
      text: `${cellText(spec.part, part)} of ${cellText(spec.whole, whole)}`,
    };
  });
  const title =
    spec.kind === 'bars'
      ? `${spec.value === null ? 'rows' : headOf(spec.value)} by ${headOf(spec.label)}`
      : `${headOf(spec.part)} within ${headOf(spec.whole)} by ${headOf(spec.label)}`;
  return {
    title: title[0]?.toUpperCase() + title.slice(1),
    bars,
    more: Math.max(0, sorted.length - BARS_MAX),
  };
};

const numberOf = (cell: unknown): number => (typeof cell === 'number' ? cell : 0);
