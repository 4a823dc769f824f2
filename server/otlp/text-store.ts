// Strings of a JSON request as UTF-8, one behind the other, each kept once.

export interface TextStore {
  /** Offset and length of the text in bytes(); a lone surrogate becomes U+FFFD. */
  put(text: string): readonly [offset: number, length: number];
  bytes(): Uint8Array;
}

/** Bytes set aside at first; doubled where a request holds more. */
const FIRST_SIZE = 64 * 1024;
/** Texts up to this long are looked for among those that are there: names and values repeat in a request. */
const REMEMBERED_LENGTH_MAX = 64;
/** A UTF-16 unit takes at most three bytes. */
const BYTES_A_UNIT = 3;

export const createTextStore = (): TextStore => {
  let buffer = Buffer.from(new ArrayBuffer(FIRST_SIZE));
  let used = 0;
  const known = new Map<string, readonly [number, number]>();
  return {
    put: (text) => {
      if (text === '') return [0, 0];
      const before = known.get(text);
      if (before !== undefined) return before;
      const needed = used + text.length * BYTES_A_UNIT;
      if (needed > buffer.length) {
        const larger = Buffer.from(new ArrayBuffer(Math.max(buffer.length * 2, needed)));
        larger.set(buffer.subarray(0, used));
        buffer = larger;
      }
      const length = buffer.write(text, used, 'utf8');
      const place = [used, length] as const;
      used += length;
      if (text.length <= REMEMBERED_LENGTH_MAX) known.set(text, place);
      return place;
    },
    bytes: () => new Uint8Array(buffer.buffer, 0, used),
  };
};
