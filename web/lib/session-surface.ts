// What a session could have reached at one instant, and what of that it had used by then.
import type { SessionSurfaceRow, SurfaceStepRow } from '../../server/api/contract.ts';
import { toMillis } from '../charts/waterfall.ts';

export type Reach = 'used' | 'later' | 'never';

export interface Reached {
  readonly row: SessionSurfaceRow;
  readonly reach: Reach;
}

/** Used by the instant, used later in the session, or never in it. */
const reachOf = (row: SessionSurfaceRow, at: number): Reach =>
  row.first_used_at === null ? 'never' : toMillis(row.first_used_at) <= at ? 'used' : 'later';

const ORDER: readonly Reach[] = ['never', 'later', 'used'];

/** The rows held at an instant (ms since 1970): what was never used first, the heaviest first. */
export const reachAt = (rows: readonly SessionSurfaceRow[], at: number): Reached[] =>
  rows
    .filter(({ held }) =>
      held.some(({ from, to }) => toMillis(from) <= at && (to === null || toMillis(to) > at)),
    )
    .map((row) => ({ row, reach: reachOf(row, at) }))
    .sort((a, b) => ORDER.indexOf(a.reach) - ORDER.indexOf(b.reach) || b.row.weight - a.row.weight);

/** The first instant at which the session held the most, in ms since 1970; null where no step is known. */
export const peakOf = (steps: readonly SurfaceStepRow[]): number | null => {
  const most = Math.max(...steps.map(({ held }) => held));
  const step = steps.find(({ held }) => held === most);
  return step === undefined ? null : toMillis(step.occurred_at);
};

/** An instant of the address within the session; null for anything else. */
export const readInstant = (
  text: string | null,
  [first, last]: readonly [number, number],
): number | null => {
  const at = Date.parse(text ?? '');
  return Number.isNaN(at) ? null : Math.min(last, Math.max(first, at));
};
