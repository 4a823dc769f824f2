// What part of the surface is shown: all of it, or what one of the overview's cards counts.
import type { SurfaceRow } from '../../server/api/contract.ts';
import type { Params } from './api.ts';

const WEEK_MS = 7 * 86_400_000;

/** Verdicts that say that nothing can be said yet. */
const BLIND: readonly SurfaceRow['verdict'][] = ['unobservable', 'too_young', 'insufficient'];

export interface Show {
  readonly id: 'all' | 'unused' | 'new' | 'blind';
  readonly label: string;
  readonly none: string;
  readonly fits: (row: SurfaceRow, now: Date) => boolean;
  /** The same as the API's filter, for exports. */
  readonly params: (now: Date) => Params;
}

export const SHOWS: readonly [Show, ...Show[]] = [
  {
    id: 'all',
    label: 'All',
    none: 'Nothing was held or used in this range.',
    fits: () => true,
    params: () => ({}),
  },
  {
    id: 'unused',
    label: 'Proven unused',
    none: 'No held permission is proven unused.',
    fits: (row) => row.granted && row.verdict === 'unused',
    params: () => ({ granted: true, verdict: 'unused' }),
  },
  {
    id: 'new',
    label: 'New this week',
    none: 'Nothing was granted in the last seven days.',
    fits: (row, now) =>
      row.granted &&
      row.held_since !== null &&
      now.getTime() - Date.parse(row.held_since) <= WEEK_MS,
    params: (now) => ({
      granted: true,
      held_from: new Date(now.getTime() - WEEK_MS).toISOString(),
    }),
  },
  {
    id: 'blind',
    label: 'Not judged yet',
    none: 'Every held permission can be judged.',
    fits: (row) => row.granted && BLIND.includes(row.verdict),
    params: () => ({ granted: true, verdict: BLIND }),
  },
];

/** What the address asks for; anything else is all. */
export const readShow = (text: string | null): Show =>
  SHOWS.find(({ id }) => id === text) ?? SHOWS[0];
