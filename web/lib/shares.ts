// What an agent holds, in the three parts that every bar shows.

/** Counts of permissions, or weights. */
export interface Shares {
  readonly used: number;
  /** Proven unused by its verdict. */
  readonly unused: number;
  /** Held, without use, and not judged yet or not to be judged. */
  readonly undetermined: number;
}

/** The parts of `granted`; a use without a grant is no part of what is held. */
export const sharesOf = (row: {
  readonly granted: number;
  readonly unused: number;
  readonly unused_proven: number;
}): Shares => {
  const unused = Math.min(row.unused_proven, row.granted);
  const undetermined = Math.max(0, Math.min(row.unused, row.granted) - unused);
  return { used: Math.max(0, row.granted - unused - undetermined), unused, undetermined };
};

/** The parts in words, for screen readers and titles. */
export const sharesInWords = ({ used, unused, undetermined }: Shares): string =>
  `${used} used, ${unused} never used, ${undetermined} not judged yet`;

/** A bar this many times as long as three quarters of the others would make stubs of them. */
const STUBS = 8;
/** Where it would, it is cut at this many times their length. */
const CUT = 4;

/** The length that the bars of a table share: the longest, unless a few would make stubs of all others. */
export const barLength = (lengths: readonly number[]): number => {
  const sorted = lengths.toSorted((a, b) => a - b);
  const longest = Math.max(1, sorted.at(-1) ?? 1);
  const usual = Math.max(1, sorted[Math.floor(0.75 * (sorted.length - 1))] ?? 1);
  return longest > STUBS * usual ? CUT * usual : longest;
};
