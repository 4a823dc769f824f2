// One pass over bytes that tells which credential shapes may stand in them (Aho and Corasick, 1975).
import { SECRET_SHAPES, type SecretShape } from '../../collector/secrets.ts';

/** Tells which shapes, if any, are worth trying on a string of bytes. */
export interface AnchorScan {
  /**
   * Whether bytes[start..end) hold an anchor, %XX, or base64 that may be text. Where true, `shapes()`
   * are those whose anchors were met, `encoded()` says whether there was %XX or such base64.
   */
  suspicious(bytes: Uint8Array, start: number, end: number): boolean;
  shapes(): readonly SecretShape[];
  encoded(): boolean;
}

const PERCENT = 0x25;
/** Base64 digits in a row that are looked at; as many as collector/secrets.ts looks at. */
const BASE64_LEAST = 20;
/** Decoded bytes that must be printable; the first few of an id or a hash are not. */
const BASE64_PROOF_BYTES = 12;

interface Automaton {
  /** Class of each byte, letter case folded; 0 for bytes in no anchor. BREAK is added where it is no base64 digit. */
  classes: Uint8Array;
  /** next[state + class] is the next state; states are multiples of the number of classes. */
  next: Uint16Array;
  /** States from here on are ends of anchors. */
  firstHit: number;
  /** Shapes whose anchors end in a state, those of its suffixes included. */
  shapesAt: ReadonlyMap<number, readonly number[]>;
}

/** Marks the class of a byte that ends a run of base64 digits. */
const BREAK = 128;

export const createAnchorScan = (): AnchorScan => {
  const digits = base64Digits();
  const { classes, next, firstHit, shapesAt } = buildAutomaton(digits);
  const seen = new Uint8Array(SECRET_SHAPES.length);
  let met: number[] = [];
  let encoded = false;
  const note = (state: number): void => {
    for (const shape of shapesAt.get(state) ?? []) {
      if (seen[shape] === 1) continue;
      seen[shape] = 1;
      met.push(shape);
    }
  };
  return {
    suspicious: (bytes, start, end) => {
      for (const shape of met) seen[shape] = 0;
      if (met.length > 0) met = [];
      encoded = false;
      let state = 0;
      let runStart = start;
      for (let i = start; i < end; i++) {
        const letter = classes[bytes[i] as number] as number;
        state = next[state + (letter & (BREAK - 1))] as number;
        if (state >= firstHit) note(state);
        if (letter < BREAK) continue;
        if (i - runStart >= BASE64_LEAST && !encoded) {
          encoded = mayBeText(bytes, runStart, i, digits);
        }
        if (bytes[i] === PERCENT) encoded = true;
        runStart = i + 1;
      }
      if (end - runStart >= BASE64_LEAST && !encoded) {
        encoded = mayBeText(bytes, runStart, end, digits);
      }
      return encoded || met.length > 0;
    },
    encoded: () => encoded,
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

/** Anchors as a tree of bytes, one row of next nodes for each node. */
interface Tree {
  rows: number[][];
  shapes: number[][];
}

const buildTree = (classes: Uint8Array): Tree => {
  const rows: number[][] = [[]];
  const shapes: number[][] = [[]];
  SECRET_SHAPES.forEach(({ anchors }, shape) => {
    for (const anchor of anchors) {
      let node = 0;
      for (const byte of Buffer.from(anchor)) {
        const row = rows[node] as number[];
        const letter = classes[byte] as number;
        if (row[letter] === undefined) {
          row[letter] = rows.length;
          rows.push([]);
          shapes.push([]);
        }
        node = row[letter];
      }
      shapes[node]?.push(shape);
    }
  });
  return { rows, shapes };
};

const buildAutomaton = (digits: Uint8Array): Automaton => {
  const classes = new Uint8Array(256);
  let width = 1;
  for (const { anchors } of SECRET_SHAPES) {
    for (const byte of Buffer.from(anchors.join(''))) {
      if (classes[byte] === 0) classes[byte] = width++;
    }
  }
  for (let byte = 0x41; byte <= 0x5a; byte++) classes[byte] = classes[byte + 0x20] as number;
  const { rows, shapes } = buildTree(classes);
  const steps = rows.map(() => new Uint16Array(width));
  const fallback = new Uint16Array(rows.length);
  const queue = [0];
  for (const node of queue) {
    for (let letter = 0; letter < width; letter++) {
      const child = rows[node]?.[letter];
      const other = node === 0 ? 0 : (steps[fallback[node] as number]?.[letter] ?? 0);
      (steps[node] as Uint16Array)[letter] = child ?? other;
      if (child === undefined) continue;
      fallback[child] = other;
      shapes[child]?.push(...(shapes[other] ?? []));
      queue.push(child);
    }
  }
  const isHit = (node: number): boolean => (shapes[node]?.length ?? 0) > 0;
  const order = [...rows.keys()].sort((a, b) => Number(isHit(a)) - Number(isHit(b)) || a - b);
  const stateOf = new Uint16Array(rows.length);
  order.forEach((node, place) => {
    stateOf[node] = place * width;
  });
  const next = new Uint16Array(rows.length * width);
  steps.forEach((row, node) => {
    row.forEach((to, letter) => {
      next[(stateOf[node] as number) + letter] = stateOf[to] as number;
    });
  });
  for (let byte = 0; byte < 256; byte++) {
    if (digits[byte] === 64) classes[byte] = (classes[byte] as number) + BREAK;
  }
  const hits = order.filter(isHit);
  return {
    classes,
    next,
    firstHit: stateOf[hits[0] ?? 0] as number,
    shapesAt: new Map(hits.map((node) => [stateOf[node] as number, shapes[node] ?? []])),
  };
};
