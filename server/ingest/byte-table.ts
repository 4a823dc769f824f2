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

/** Bytes of all strings remembered: they stay together in the processor's cache. When it is full, all are forgotten. */
const POOL_BYTES = 1024 * 1024;

/** `slots` must be a power of two; at most so many strings are remembered. */
export const createByteTable = (slots: number): ByteTable => {
  const pool = Buffer.alloc(POOL_BYTES);
  const offsets = new Uint32Array(slots);
  /** Length + 1, so that 0 is a free slot. */
  const lengths = new Uint16Array(slots);
  const hashes = new Int32Array(slots);
  const values = new Uint8Array(slots);
  let used = 0;
  let turn = 0;
  const isSame = (slot: number, bytes: Uint8Array, start: number, end: number): boolean => {
    const offset = offsets[slot] as number;
    const length = end - start;
    if (length >= LONG) return pool.compare(bytes, start, end, offset, offset + length) === 0;
    for (let i = 0; i < length; i++) if (pool[offset + i] !== bytes[start + i]) return false;
    return true;
  };
  return {
    get: (bytes, start, end) => {
      const length = end - start;
      if (length > LENGTH_MAX) return -1;
      const hash = hashOf(bytes, start, end);
      for (let probe = 0; probe < PROBES; probe++) {
        const slot = (hash + probe) & (slots - 1);
        const known = lengths[slot] as number;
        if (known === 0) return -1;
        if (known === length + 1 && hashes[slot] === hash && isSame(slot, bytes, start, end)) {
          return values[slot] as number;
        }
      }
      return -1;
    },
    put: (bytes, start, end, value) => {
      const length = end - start;
      if (length > LENGTH_MAX) return;
      if (used + length > POOL_BYTES) {
        lengths.fill(0);
        used = 0;
      }
      const hash = hashOf(bytes, start, end);
      let free = 0;
      while (free < PROBES && lengths[(hash + free) & (slots - 1)] !== 0) free += 1;
      turn = (turn + 1) % PROBES;
      const slot = (hash + (free < PROBES ? free : turn)) & (slots - 1);
      for (let i = 0; i < length; i++) pool[used + i] = bytes[start + i] as number;
      offsets[slot] = used;
      lengths[slot] = length + 1;
      hashes[slot] = hash;
      values[slot] = value;
      used += length;
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
