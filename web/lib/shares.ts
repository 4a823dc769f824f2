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
