// UTF-8 made valid in place: the database's engine crashes on a string that is not.

const REPLACEMENT = 0x3f;

/** Replaces each byte of bytes[start..end) that is no part of a valid UTF-8 sequence (RFC 3629) by `?`. */
export const makeUtf8 = (bytes: Uint8Array, start: number, end: number): void => {
  let at = start;
  while (at < end && (bytes[at] as number) < 0x80) at += 1;
  while (at < end) {
    const length = sequenceLength(bytes, at, end);
    if (length === 0) bytes[at] = REPLACEMENT;
    at += length === 0 ? 1 : length;
  }
};

/** Length of the valid sequence that starts there, 0 where none does. */
const sequenceLength = (bytes: Uint8Array, at: number, end: number): number => {
  const first = bytes[at] as number;
  if (first < 0x80) return 1;
  const length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const second = bytes[at + 1] as number;
  // Overlong forms, surrogates and what lies beyond U+10FFFF are told by the second byte.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
};
