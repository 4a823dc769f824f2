// The live tail of a table: newest first, each row once, held back and counted while paused.

/** Rows kept at the head; older ones are in the pages that the table loads anyway. */
export const TAIL_LIMIT = 1000;

/** What is shown, what waits, and how many were dropped from waiting because it was full. */
export type Tail<Row> = {
  shown: readonly Row[];
  waiting: readonly Row[];
  dropped: number;
  paused: boolean;
};

export function emptyTail<Row>(): Tail<Row> {
  return { shown: [], waiting: [], dropped: 0, paused: false };
}

/** Takes in rows in the order they came; `key` tells a row that is there already. */
export function receive<Row>(
  tail: Tail<Row>,
  rows: readonly Row[],
  key: (row: Row) => string,
  limit = TAIL_LIMIT,
): Tail<Row> {
  const known = new Set([...tail.shown, ...tail.waiting].map(key));
  const fresh: Row[] = [];
  for (const row of rows) {
    if (known.has(key(row))) continue;
    known.add(key(row));
    fresh.unshift(row);
  }
  if (fresh.length === 0) return tail;
  if (!tail.paused) return { ...tail, shown: [...fresh, ...tail.shown].slice(0, limit) };
  const waiting = [...fresh, ...tail.waiting];
  return {
    ...tail,
    waiting: waiting.slice(0, limit),
    dropped: tail.dropped + Math.max(0, waiting.length - limit),
  };
}

export function pause<Row>(tail: Tail<Row>): Tail<Row> {
  return tail.paused ? tail : { ...tail, paused: true };
}

/** Shows what waited. Where some of it was dropped, the caller has to load the head anew. */
export function resume<Row>(tail: Tail<Row>, limit = TAIL_LIMIT): Tail<Row> {
  return {
    shown: [...tail.waiting, ...tail.shown].slice(0, limit),
    waiting: [],
    dropped: 0,
    paused: false,
  };
}

/** The tail's rows before the loaded ones, each once: a row that a page brought is not shown twice. */
export function joinTail<Row>(
  tail: readonly Row[],
  loaded: readonly Row[],
  key: (row: Row) => string,
): Row[] {
  const known = new Set<string>();
  // A tail's row can only be among the newest that were loaded.
  for (const row of loaded.slice(0, TAIL_LIMIT)) known.add(key(row));
  return [...tail.filter((row) => !known.has(key(row))), ...loaded];
}
