// Remembers a small number for byte strings, compared exactly, in bounded memory and bounded time.

export interface ByteTable {
  /** What was put for bytes[start..end), -1 where nothing is known. */
  get(bytes: Uint8Array, start: number, end: number): number;
  /** Remembers it; what stood in its place longest may be forgotten. */
  put(bytes: Uint8Array, start: number, end: number, value: number): void;
}

/** Longest string that is remembered: tool definitions come with every call of a model, longer ones would fill the memory. */
const LENGTH_MAX = 2048;
/** Places looked at for one string: strings that collide on purpose gain nothing. */
const PROBES = 4;
/** From this length on Node's own comparison is quicker than a loop. */
const LONG = 48;

/** `slots` must be a power of two; at most so many strings are remembered. */
export const createByteTable = (slots: number): ByteTable => {
  const keys: (Buffer | undefined)[] = new Array<Buffer | undefined>(slots).fill(undefined);
  const values = new Uint8Array(slots);
  let turn = 0;
  return {
    get: (bytes, start, end) => {
      if (end - start > LENGTH_MAX) return -1;
      const home = hashOf(bytes, start, end);
      for (let probe = 0; probe < PROBES; probe++) {
        const slot = (home + probe) & (slots - 1);
        const key = keys[slot];
        if (key === undefined) return -1;
        if (key.length === end - start && isSame(key, bytes, start, end)) {
          return values[slot] as number;
        }
      }
      return -1;
    },
    put: (bytes, start, end, value) => {
      if (end - start > LENGTH_MAX) return;
      const home = hashOf(bytes, start, end);
      let free = 0;
      while (free < PROBES && keys[(home + free) & (slots - 1)] !== undefined) free += 1;
      turn = (turn + 1) % PROBES;
      const slot = (home + (free < PROBES ? free : turn)) & (slots - 1);
      keys[slot] = Buffer.from(bytes.subarray(start, end));
      values[slot] = value;
    },
  };
};

/** Some of the bytes are enough to spread strings; that they are the same is seen by comparing them. */
const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  const step = length < 16 ? 1 : length >> 3;
  let hash = length;
  for (let i = end - 1; i >= start; i -= step) {
    hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  }
  if (length > 4) hash = (Math.imul(hash, 31) + (bytes[end - 3] as number)) | 0;
  return hash ^ (hash >>> 15);
};

const isSame = (key: Buffer, bytes: Uint8Array, start: number, end: number): boolean => {
  if (key.length >= LONG) return key.compare(bytes, start, end) === 0;
  for (let i = 0; i < key.length; i++) if (key[i] !== bytes[start + i]) return false;
  return true;
};
