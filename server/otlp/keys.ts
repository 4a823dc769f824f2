// Which of the listed attribute keys a key is, found over its bytes without making a string of it.

/** The number of each listed key, asked for by bytes or by string; -1 where it is not listed. */
export interface Keys {
  find(bytes: Uint8Array, start: number, end: number): number;
  findText(key: string): number;
  /** What stood for `*` in the key found last, else 0. */
  ordinal: number;
}

interface Numbered {
  index: number;
  prefix: Uint8Array;
  suffix: Uint8Array;
}

/** Slots of the hash table; several times the listed keys, so that most unlisted ones meet an empty slot. */
const SLOTS = 4096;
/** Digits of a numbered key that fit a 32-bit column. */
const DIGITS_MAX = 9;
const ZERO = 0x30;

/** A key may hold one `*`, which stands for a decimal number. */
export const createKeys = (listed: readonly string[]): Keys => {
  const table = new Int16Array(SLOTS).fill(-1);
  const plain: Uint8Array[] = [];
  const numbered: Numbered[] = [];
  const numberedFirst = new Uint8Array(256);
  listed.forEach((key, index) => {
    const encoded = Buffer.from(key);
    plain.push(encoded);
    const star = encoded.indexOf(0x2a);
    if (star >= 0) {
      numbered.push({
        index,
        prefix: encoded.subarray(0, star),
        suffix: encoded.subarray(star + 1),
      });
      numberedFirst[encoded[0] as number] = 1;
      return;
    }
    let slot = slotOf(encoded, 0, encoded.length);
    while ((table[slot] as number) >= 0) slot = (slot + 1) % SLOTS;
    table[slot] = index;
  });
  const keys: Keys = {
    ordinal: 0,
    find: (bytes, start, end) => {
      keys.ordinal = 0;
      if (end <= start) return -1;
      let slot = slotOf(bytes, start, end);
      for (;;) {
        const index = table[slot] as number;
        if (index < 0) break;
        const candidate = plain[index] as Uint8Array;
        if (candidate.length === end - start && sameBytes(candidate, bytes, start)) return index;
        slot = (slot + 1) % SLOTS;
      }
      if (numberedFirst[bytes[start] as number] !== 1) return -1;
      for (const key of numbered) {
        const ordinal = ordinalOf(key, bytes, start, end);
        if (ordinal < 0) continue;
        keys.ordinal = ordinal;
        return key.index;
      }
      return -1;
    },
    findText: (key) => {
      const encoded = Buffer.from(key);
      return keys.find(encoded, 0, encoded.length);
    },
  };
  return keys;
};

/** A few bytes tell the listed keys apart; whoever sends others gains nothing, since the table never grows. */
const slotOf = (bytes: Uint8Array, start: number, end: number): number => {
  const length = end - start;
  const last = bytes[end - 1] as number;
  const middle = bytes[(start + end) >> 1] as number;
  const third = bytes[end - Math.min(length, 3)] as number;
  const fifth = bytes[end - Math.min(length, 5)] as number;
  return (
    ((length * 977) ^ (last * 31) ^ (middle * 71) ^ (third * 517) ^ (fifth * 131)) & (SLOTS - 1)
  );
};

const sameBytes = (a: Uint8Array, bytes: Uint8Array, start: number): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== bytes[start + i]) return false;
  return true;
};

/** The decimal number between prefix and suffix, -1 where the key is another one. */
const ordinalOf = (key: Numbered, bytes: Uint8Array, start: number, end: number): number => {
  const from = start + key.prefix.length;
  const to = end - key.suffix.length;
  if (to <= from || to - from > DIGITS_MAX) return -1;
  if (!sameBytes(key.prefix, bytes, start) || !sameBytes(key.suffix, bytes, to)) return -1;
  let ordinal = 0;
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] as number) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    ordinal = ordinal * 10 + digit;
  }
  return ordinal;
};
