// Spans a second, from the running total that the server tells every second.

export interface Count {
  /** All spans stored so far. */
  readonly spans: number;
  readonly atMs: number;
}

/** Exporters send in bursts of some seconds; over this long a rate is steady and still fresh. */
const SPAN_RATE_OVER_MS = 10_000;

/** The rate with one more count; a total that fell (another database) starts anew. */
export const spanRate = (
  before: readonly Count[],
  next: Count,
): { counts: readonly Count[]; spansPerSecond: number; grew: boolean } => {
  const last = before.at(-1);
  if (last === undefined || next.spans < last.spans || next.atMs <= last.atMs) {
    return { counts: [next], spansPerSecond: 0, grew: false };
  }
  const recent = before.filter((count) => next.atMs - count.atMs <= SPAN_RATE_OVER_MS);
  const first = recent[0] ?? last;
  const perSecond = ((next.spans - first.spans) * 1000) / (next.atMs - first.atMs);
  return {
    counts: [...recent, next],
    spansPerSecond: Math.ceil(perSecond),
    grew: next.spans > last.spans,
  };
};
