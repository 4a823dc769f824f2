// The drift chart's bucket and its gap between what is granted and what is used.
import type { DriftRow } from '../../server/api/contract.ts';
import type { Window } from './range.ts';

const DAY_MS = 86_400_000;

/** A bucket that gives a window some tens of steps: hours up to three days, days up to 200, else weeks. */
export const bucketOf = (window: Window): 'hour' | 'day' | 'week' => {
  const days = (window.until.getTime() - window.since.getTime()) / DAY_MS;
  return days <= 3 ? 'hour' : days <= 200 ? 'day' : 'week';
};

export interface DriftChange {
  readonly at: string;
  readonly granted: number;
  readonly used: number;
}

/** Where either count changed, newest first: the steps of the chart as rows. */
export const changesOf = (rows: readonly DriftRow[]): DriftChange[] => {
  const changes: DriftChange[] = [];
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1];
    if (before === undefined) continue;
    const granted = row.granted - before.granted;
    const used = row.used - before.used;
    if (granted !== 0 || used !== 0) changes.push({ at: row.bucket_at, granted, used });
  }
  return changes.reverse();
};
