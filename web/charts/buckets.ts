// Decisions over time as stacked bars, and a brush over them as a range of instants.
import type { DecisionBucketRow } from '../../server/api/contract.ts';
import { toMillis } from './waterfall.ts';

/** The parts of a bar from the baseline up: what is refused lies on top, where it is seen. */
export const STACK = ['allow', 'other', 'require_approval', 'deny'] as const;
export type StackPart = (typeof STACK)[number];

/** One bucket: its instants in ms since 1970 and its parts as [from, to] counts. */
export type Bar = {
  from_ms: number;
  to_ms: number;
  total: number;
  parts: { part: StackPart; from: number; to: number }[];
};

/** Bars in order of time, each `bucket_ms` wide, the last cut where the range ends. */
export function stackBuckets(
  rows: readonly DecisionBucketRow[],
  { bucket_ms, until_ms }: { bucket_ms: number; until_ms: number },
): Bar[] {
  const sorted = rows
    .map((row) => ({ row, at: toMillis(row.bucket_at) }))
    .sort((a, b) => a.at - b.at);
  return sorted.map(({ row, at }) => {
    let total = 0;
    const parts = STACK.map((part) => {
      const from = total;
      total += row[part];
      return { part, from, to: total };
    });
    return {
      from_ms: at,
      to_ms: Math.min(at + bucket_ms, Math.max(until_ms, at + 1)),
      total,
      parts,
    };
  });
}

/** The instants under a brush, in order, widened to whole bars; null where it covers none. */
export function brushed(
  bars: readonly Bar[],
  a_ms: number,
  b_ms: number,
): { since: string; until: string } | null {
  const from = Math.min(a_ms, b_ms);
  const to = Math.max(a_ms, b_ms);
  const under = bars.filter((bar) => bar.to_ms > from && bar.from_ms < to);
  const first = under[0];
  const last = under.at(-1);
  if (!first || !last) return null;
  return {
    since: new Date(first.from_ms).toISOString(),
    until: new Date(last.to_ms).toISOString(),
  };
}
