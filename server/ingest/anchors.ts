// One pass over bytes that tells which credential shapes may stand in them (Aho and Corasick, 1975).
import { SECRET_SHAPES, type SecretShape } from '../../collector/secrets.ts';

/** Tells which shapes, if any, are worth trying on a string of bytes. */
export interface AnchorScan {
  /**
   * Whether bytes[start..end) hold an anchor, %XX, or base64 that may be text. Where true, `shapes()`
   * are those whose anchors were met.
   */
  suspicious(bytes: Uint8Array, start: number, end: number): boolean;
  shapes(): readonly SecretShape[];
}

const PERCENT = 0x25;
/** Base64 digits in a row that are looked at; as many as collector/secrets.ts looks at. */
const BASE64_LEAST = 20;
/** Decoded bytes that must be printable; the first few of an id or a hash are not. */
const BASE64_PROOF_BYTES = 12;

interface Automaton {
  /** Class of each byte, letter case folded; 0 for bytes in no anchor. */
  classes: Uint8Array;
  width: number;
  /** next[state × width + class] is the next state. */
  next: Uint16Array;
  /** Shapes whose anchors end in a state, those of its suffixes included. */
  shapes: readonly (readonly number[])[];
  /** 1 where shapes[state] holds any. */
  hits: Uint8Array;
}

export const createAnchorScan = (): AnchorScan => {
  const { classes, width, next, shapes: shapesAt, hits } = buildAutomaton();
  const digits = base64Digits();
  const seen = new Uint8Array(SECRET_SHAPES.length);
  let met: number[] = [];
  const note = (state: number): void => {
    for (const shape of shapesAt[state] ?? []) {
      if (seen[shape] === 1) continue;
      seen[shape] = 1;
      met.push(shape);
    }
  };
  return {
    suspicious: (bytes, start, end) => {
      for (const shape of met) seen[shape] = 0;
      if (met.length > 0) met = [];
      let encoded = false;
      let state = 0;
      let run = 0;
      for (let i = start; i < end; i++) {
        const byte = bytes[i] as number;
        state = next[state * width + (classes[byte] as number)] as number;
        if (hits[state] === 1) note(state);
        if ((digits[byte] as number) < 64) run += 1;
        else {
          if (byte === PERCENT) encoded = true;
          if (run >= BASE64_LEAST && !encoded) encoded = mayBeText(bytes, i - run, i, digits);
          run = 0;
        }
      }
      if (run >= BASE64_LEAST && !encoded) encoded = mayBeText(bytes, end - run, end, digits);
      return encoded || met.length > 0;
    },
    shapes: () => met.map((shape) => SECRET_SHAPES[shape] as SecretShape),
  };
};

/** Whether base64 read from the run's start, or from behind a sign in it, begins as text. */
const mayBeText = (bytes: Uint8Array, start: number, end: number, digits: Uint8Array): boolean => {
  for (let from = start; end - from >= BASE64_PROOF_BYTES; from++) {
    if (from > start && (digits[bytes[from - 1] as number] as number) < 62) continue;
    if (beginsAsText(bytes, from, end, digits)) return true;
  }
  return false;
};

const beginsAsText = (
  bytes: Uint8Array,
  from: number,
  end: number,
  digits: Uint8Array,
): boolean => {
  let bits = 0;
  let held = 0;
  let decoded = 0;
  for (let i = from; i < end && decoded < BASE64_PROOF_BYTES; i++) {
    bits = ((bits << 6) | (digits[bytes[i] as number] as number)) & 0xffff;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    const byte = (bits >> held) & 0xff;
    if ((byte < 0x20 || byte > 0x7e) && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)
      return false;
    decoded += 1;
  }
  return decoded === BASE64_PROOF_BYTES;
};

/** Value of each base64 digit, plain and URL-safe; 64 for what is none. */
const base64Digits = (): Uint8Array => {
  const digits = new Uint8Array(256).fill(64);
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  [...alphabet].forEach((digit, value) => {
    digits[digit.charCodeAt(0)] = value;
  });
  digits['-'.charCodeAt(0)] = 62;
  digits['_'.charCodeAt(0)] = 63;
  return digits;
};

const buildAutomaton = (): Automaton => {
  const classes = new Uint8Array(256);
  let width = 1;
  for (const { anchors } of SECRET_SHAPES) {
    for (const byte of Buffer.from(anchors.join(''))) {
      if (classes[byte] === 0) classes[byte] = width++;
    }
  }
  for (let byte = 0x41; byte <= 0x5a; byte++) classes[byte] = classes[byte + 0x20] as number;
  const trie: number[][] = [[]];
  const shapes: number[][] = [[]];
  SECRET_SHAPES.forEach(({ anchors }, shape) => {
    for (const anchor of anchors) {
      let state = 0;
      for (const byte of Buffer.from(anchor)) {
        const row = trie[state] as number[];
        const letter = classes[byte] as number;
        if (row[letter] === undefined) {
          row[letter] = trie.length;
          trie.push([]);
          shapes.push([]);
        }
        state = row[letter];
      }
      shapes[state]?.push(shape);
    }
  });
  const next = new Uint16Array(trie.length * width);
  const fallback = new Uint16Array(trie.length);
  const queue = [0];
  for (const state of queue) {
    for (let letter = 0; letter < width; letter++) {
      const child = trie[state]?.[letter];
      const other =
        state === 0 ? 0 : (next[(fallback[state] as number) * width + letter] as number);
      next[state * width + letter] = child ?? other;
      if (child === undefined) continue;
      fallback[child] = other;
      shapes[child]?.push(...(shapes[other] ?? []));
      queue.push(child);
    }
  }
  const hits = Uint8Array.from(shapes, (at) => (at.length > 0 ? 1 : 0));
  return { classes, width, next, shapes, hits };
};
