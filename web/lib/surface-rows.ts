// The rows of an agent's surface: their order, their key and the evidence in words.
import type { SurfaceRow } from '../../server/api/contract.ts';
import { count } from './format.ts';
import { VERDICT_ORDER } from './words.ts';

/** Tells a permission on a resource from every other of the same agent. */
export const surfaceKey = (row: {
  readonly permission: string;
  readonly resource_pattern: string;
}): string => `${row.permission}\n${row.resource_pattern}`;

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Held once, not any more, and never used in the range: it stays in sight and asks for nothing. */
export const isWithdrawn = (row: SurfaceRow): boolean =>
  !row.granted && row.uses === 0 && row.verdict === 'insufficient';

/** Worst first: by what the verdict asks for, the heaviest first, the most used and what was withdrawn last. */
export const worstFirst = (rows: readonly SurfaceRow[]): SurfaceRow[] =>
  rows.toSorted(
    (a, b) =>
      Number(isWithdrawn(a)) - Number(isWithdrawn(b)) ||
      VERDICT_ORDER.indexOf(a.verdict) - VERDICT_ORDER.indexOf(b.verdict) ||
      b.weight - a.weight ||
      a.uses - b.uses ||
      compareText(surfaceKey(a), surfaceKey(b)),
  );

/** Fewer days tell no pace. */
const PACE_DAYS = 3;

export interface Progress {
  /** 0 to 1: how far the slower of days and sessions has come. */
  readonly share: number;
  /** What is lacking still; what has come whole is not said. */
  readonly words: string;
  /** More sessions are needed than the range will ever hold, however long one waits. */
  readonly slow: boolean;
}

/** "9 of 14 days, 210 of 299 sessions"; null where nothing more is needed. */
export const progressOf = (evidence: SurfaceRow['evidence']): Progress | null => {
  const parts = [
    { has: evidence.days, needs: evidence.days_needed, unit: 'days' },
    { has: evidence.sessions, needs: evidence.sessions_needed, unit: 'sessions' },
  ].flatMap(({ has, needs, unit }) =>
    has === null || needs === null || has >= needs
      ? []
      : [
          {
            share: has / needs,
            words: `${count(Math.floor(has))} of ${count(Math.ceil(needs))} ${unit}`,
          },
        ],
  );
  if (parts.length === 0) return null;
  const lacksSessions = (evidence.sessions ?? 0) < (evidence.sessions_needed ?? 0);
  return {
    share: Math.min(...parts.map((part) => part.share)),
    words: parts.map((part) => part.words).join(', '),
    slow: evidence.due_at === null && lacksSessions && (evidence.days ?? 0) >= PACE_DAYS,
  };
};
