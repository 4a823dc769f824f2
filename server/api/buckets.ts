// How many buckets a window has: a request for more than a chart can draw is refused before the engine makes them.
import { badParam, type Values } from './params.ts';

/** A week of minutes, or some hundred years of weeks; each is a row in the engine's memory. */
const BUCKETS_MAX = 10_080;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WIDTH_MS: Readonly<Record<string, number>> = {
  minute: MINUTE_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
};

/** Throws AppError `bad_param`. Without a bucket the question chooses one by the window, a week at most. */
export const checkBuckets = (
  { bucket }: Values,
  { since, until }: { since: string; until: string },
  now: number,
): void => {
  const width = WIDTH_MS[typeof bucket === 'string' ? bucket : 'week'] ?? MINUTE_MS;
  const buckets = (Math.min(Date.parse(until), now) - Date.parse(since)) / width;
  if (buckets <= BUCKETS_MAX) return;
  throw badParam('since', `must leave at most ${BUCKETS_MAX} buckets to "until"`, since);
};
