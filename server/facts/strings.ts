// Strings out of a request's bytes, decoded once where the same bytes come again and again.

/** Names repeat, contents do not: longer strings are decoded each time. */
const LONGEST_CACHED_BYTES = 128;

/** Slots of the cache, a power of two: tools, agents and services of thousands of programs, 4 MB at most. */
const SLOTS = 1 << 14;

/** Gives the string of a slice of bytes. */
export interface Strings {
  /** The same bytes give the same string without decoding, as long as no other string took the slot. */
  cached(bytes: Buffer, offset: number, length: number): string;
}

/** A direct-mapped cache: a new string takes the place of the one that hashed alike, so it never grows. */
export const createStrings = (): Strings => {
  const keys: (Uint8Array | undefined)[] = new Array<undefined>(SLOTS).fill(undefined);
  const values: string[] = new Array<string>(SLOTS).fill('');
  return {
    cached: (bytes, offset, length) => {
      if (length > LONGEST_CACHED_BYTES) return bytes.toString('utf8', offset, offset + length);
      const slot = hashOf(bytes, offset, length) & (SLOTS - 1);
      const key = keys[slot];
      if (key !== undefined && isSame(key, bytes, offset, length)) return values[slot] as string;
      const value = bytes.toString('utf8', offset, offset + length);
      keys[slot] = Uint8Array.prototype.slice.call(bytes, offset, offset + length);
      values[slot] = value;
      return value;
    },
  };
};

/** FNV-1a over all bytes, folded so that its high bits reach the slot too. */
const hashOf = (bytes: Uint8Array, offset: number, length: number): number => {
  let hash = 0x811c9dc5;
  for (let i = offset; i < offset + length; i++) {
    hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
  }
  return hash ^ (hash >>> 15);
};

const isSame = (key: Uint8Array, bytes: Uint8Array, offset: number, length: number): boolean => {
  if (key.length !== length) return false;
  for (let i = 0; i < length; i++) {
    if (key[i] !== bytes[offset + i]) return false;
  }
  return true;
};

/** Where text of at most `limit` bytes ends, so that no character is cut in two. */
export const cutEnd = (
  bytes: Uint8Array,
  offset: number,
  length: number,
  limit: number,
): number => {
  if (length <= limit) return length;
  let end = limit;
  while (end > 0 && ((bytes[offset + end] as number) & 0xc0) === 0x80) end--;
  return end;
};
