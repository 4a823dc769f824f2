// Where a note beside a mark stands: right of it where there is room, else left, else at the edge, and never cut.

/** More than a character of 11 px takes on average, wide letters and all. */
const CHARACTER_PX = 7;
/** Between a note and the edge of its picture. */
const EDGE_PX = 2;

export interface NotePlace {
  readonly x: number;
  readonly anchor: 'start' | 'end';
}

/** `before` and `after` are where a note may end left of its mark and begin right of it, in a picture of `width`. */
export const placeNote = (
  text: string,
  { before, after, width }: { before: number; after: number; width: number },
): NotePlace => {
  const room = text.length * CHARACTER_PX;
  if (after + room <= width) return { x: after, anchor: 'start' };
  return { x: before >= room ? before : width - EDGE_PX, anchor: 'end' };
};
