// How large the surface matrix is drawn: as wide as its page and never wider, so that nothing scrolls sideways.

export interface MatrixSize {
  /** Columns that fit at their smallest. */
  readonly room: number;
  /** Pixels of the longest bar at a row's end; 0 where only counts fit. */
  readonly bar: number;
  /** Pixels from one column to the next, for so many columns. */
  readonly pitch: (columns: number) => number;
}

/** Names of agents, bars with counts, and the pitch below which slanted labels collide; the styles say the same. */
const WIDE = { head: 168, bar: 90, counts: 72, least: 17 };
const NARROW = { head: 108, bar: 0, counts: 62, least: 24 };
const NARROW_PX = 620;
const PITCH_MAX = 30;

export const matrixSize = (width: number): MatrixSize => {
  const { head, bar, counts, least } = width < NARROW_PX ? NARROW : WIDE;
  const cells = Math.max(2 * least, width - head - bar - counts);
  return {
    room: Math.floor(cells / least),
    bar,
    pitch: (columns) => Math.min(PITCH_MAX, Math.floor(cells / Math.max(1, columns))),
  };
};
