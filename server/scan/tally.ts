// How often something was used, in how many sessions, and when last.

export interface Count {
  uses: number;
  /** Times it was refused; those are no uses. */
  refused: number;
  sessions: number;
  /** RFC 3339, null where it was never used or no instant is known. */
  first_at: string | null;
  last_at: string | null;
}

export interface Tally {
  add(session: number, at: number | null, refused: boolean): void;
  count(): Count;
}

const instant = (at: number | null): string | null =>
  at === null ? null : new Date(at).toISOString();

export const createTally = (): Tally => {
  const sessions = new Set<number>();
  let uses = 0;
  let refusals = 0;
  let first: number | null = null;
  let last: number | null = null;
  return {
    add(session, at, refused) {
      if (refused) {
        refusals += 1;
        return;
      }
      uses += 1;
      sessions.add(session);
      if (at === null) return;
      first = first === null ? at : Math.min(first, at);
      last = last === null ? at : Math.max(last, at);
    },
    count: () => ({
      uses,
      refused: refusals,
      sessions: sessions.size,
      first_at: instant(first),
      last_at: instant(last),
    }),
  };
};

/** Names beyond this many are counted together: nobody reads a longer list, and memory stays bounded. */
const NAMES_MAX = 2000;
const OTHERS = '(others)';

/** Tallies by name, those used most often first. */
export const createTallies = () => {
  const tallies = new Map<string, Tally>();
  return {
    of(name: string): Tally {
      const key = tallies.has(name) || tallies.size < NAMES_MAX ? name : OTHERS;
      const found = tallies.get(key) ?? createTally();
      tallies.set(key, found);
      return found;
    },
    counts: (): (Count & { name: string })[] =>
      [...tallies]
        .map(([name, tally]) => ({ name, ...tally.count() }))
        .sort((a, b) => b.uses - a.uses || (a.name < b.name ? -1 : 1)),
  };
};
export type Tallies = ReturnType<typeof createTallies>;

/** Share of sessions below which a use that was never seen in `sessions` of them lies with 95 % confidence (Clopper-Pearson, 1934). */
export const unseenShare = (sessions: number): number =>
  sessions === 0 ? 1 : 1 - 0.05 ** (1 / sessions);
