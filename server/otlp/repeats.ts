// Attributes that a span has from the span before it, byte for byte, at the same place of its list: the spans of a task
// share most of theirs, and what was found out of one need not be found out again.

export interface Repeats {
  /** The number noted for the same bytes at this place in the span before, -1 where they differ. */
  find(place: number, start: number, end: number): number;
  note(place: number, start: number, end: number, number: number): void;
  /** Nothing is known of any place. */
  forget(): void;
}

/** Places remembered: instrumentations set a dozen or two. */
const PLACES = 64;

/** For the messages of one request; `bytes` may change only where `forget` is called or the place is noted again. */
export const createRepeats = (bytes: Uint8Array): Repeats => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const starts = new Int32Array(PLACES);
  const lengths = new Int32Array(PLACES).fill(-1);
  const numbers = new Int32Array(PLACES);
  return {
    find(place, start, end) {
      if (place >= PLACES || lengths[place] !== end - start) return -1;
      const before = starts[place] as number;
      return isSame(view, before, start, end - start) ? (numbers[place] as number) : -1;
    },
    note(place, start, end, number) {
      if (place >= PLACES) return;
      starts[place] = start;
      lengths[place] = end - start;
      numbers[place] = number;
    },
    forget() {
      lengths.fill(-1);
    },
  };
};

/** From the end, where ids differ. */
const isSame = (view: DataView, a: number, b: number, length: number): boolean => {
  let left = length;
  for (; left >= 4; left -= 4) {
    if (view.getInt32(a + left - 4) !== view.getInt32(b + left - 4)) return false;
  }
  for (; left > 0; left -= 1) {
    if (view.getUint8(a + left - 1) !== view.getUint8(b + left - 1)) return false;
  }
  return true;
};
