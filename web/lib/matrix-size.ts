// How large the surface matrix is drawn: as wide as its page and never wider, so that nothing scrolls sideways.

export interface MatrixSize {
  /** Columns that fit at their smallest. */
  readonly room: number;
  /** Pixels of the longest bar at a row's end; 0 where only counts fit. */
  readonly bar: number;
  /** Pixels from one column to the next, for so many columns. */
  readonly pitch: (columns: number) => number;
}

/** Names of agents, and bars with counts; the component's styles say the same. */
const WIDE = { head: 168, bar: 90, counts: 72 };
const NARROW = { head: 108, bar: 0, counts: 62 };
const NARROW_PX = 620;
/** Below this, labels at their angle run into each other. */
const PITCH_MIN = 17;
const PITCH_MAX = 30;

export const matrixSize = (width: number): MatrixSize => {
  const { head, bar, counts } = width < NARROW_PX ? NARROW : WIDE;
  const cells = Math.max(2 * PITCH_MIN, width - head - bar - counts);
  return {
    room: Math.floor(cells / PITCH_MIN),
    bar,
    pitch: (columns) => Math.min(PITCH_MAX, Math.floor(cells / Math.max(1, columns))),
  };
};
