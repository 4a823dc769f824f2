// Judging one string of bytes: where credentials stand in it, and what its key says of the value.
import {
  isContentKey,
  isFingerprint,
  isSecretKey,
  type Range,
  secretRanges,
} from '../../collector/secrets.ts';
import { createAnchorScan } from './anchors.ts';

/** What a key says of its value: look for shapes, mask it whole as a credential, or as content. */
export const KEY_SAYS = { plain: 0, secret: 1, content: 2 } as const;
export type KeySays = (typeof KEY_SAYS)[keyof typeof KEY_SAYS];

export interface Judge {
  /** Masks credentials in bytes[start..end) at the same length; whether there were any. */
  mask(bytes: Uint8Array, start: number, end: number): boolean;
  /** Masks all of it, unless it is a fingerprint; whether anything changed. */
  maskWhole(bytes: Uint8Array, start: number, end: number): boolean;
  /** What the key in bytes[start..end) says of its value; -1 where a credential stood in the key itself and was masked. */
  key(bytes: Uint8Array, start: number, end: number): KeySays | -1;
  /** The text with its credentials masked at the same length; the text itself where there are none. */
  text(text: string): string;
  /** The text masked whole, unless it is a fingerprint. */
  textWhole(text: string): string;
  /** What a key given as text says of its value. */
  keyText(key: string): KeySays;
}

const MASK = 0x2a;
const MASK_TEXT = '*';
/** Our own names speak of credentials by fingerprint, scope and instant already. */
const OWN_PREFIX = 'footprint.';
/** Keys remembered: an installation uses some hundreds; whoever sends more only makes it slower for himself. */
const KEYS_REMEMBERED = 8192;
/** Slots of the table of keys, twice as many as keys so that probing ends soon. */
const SLOTS = 16_384;
/** Longest key that is remembered. */
const KEY_LENGTH_MAX = 128;
/** No credential that a shape tells is shorter: `pwd=` and four characters. */
const CREDENTIAL_LENGTH_MIN = 8;
/** Texts of a JSON body are copied here to be scanned; larger ones are given room for once. */
const SCRATCH_BYTES = 64 * 1024;
/** Slots looked at before a key is judged anew: colliding keys cannot make a lookup long. */
const PROBES_MAX = 8;

/** With `content` true, prompts, answers, arguments and results stay. */
export const createJudge = ({ content = false }: { content?: boolean } = {}): Judge => {
  const scan = createAnchorScan();
  const keys: (Uint8Array | undefined)[] = new Array<Uint8Array | undefined>(SLOTS).fill(undefined);
  const says = new Uint8Array(SLOTS);
  let remembered = 0;
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  const keyTexts = new Map<string, KeySays>();

  const mask = (bytes: Uint8Array, start: number, end: number): boolean => {
    if (end - start < CREDENTIAL_LENGTH_MIN || !scan.suspicious(bytes, start, end)) return false;
    const text = latin1(bytes, start, end);
    const ranges = secretRanges(text, { shapes: scan.shapes() });
    for (const [from, to] of ranges) fillRange(bytes, start, end, [start + from, start + to]);
    return ranges.length > 0;
  };

  const judgeKey = (bytes: Uint8Array, start: number, end: number): KeySays | -1 => {
    const name = latin1(bytes, start, end);
    const judged = whatKeySays(name, content);
    return mask(bytes, start, end) ? -1 : judged;
  };

  return {
    mask,
    maskWhole: (bytes, start, end) => {
      if (end === start || isFingerprint(latin1(bytes, start, Math.min(end, start + 40))))
        return false;
      bytes.fill(MASK, start, end);
      return true;
    },
    key: (bytes, start, end) => {
      const length = end - start;
      if (length > KEY_LENGTH_MAX) return judgeKey(bytes, start, end);
      let slot = hashOf(bytes, start, end) & (SLOTS - 1);
      for (let probe = 0; probe < PROBES_MAX; probe++) {
        const known = keys[slot];
        if (known === undefined) {
          const judged = judgeKey(bytes, start, end);
          if (judged !== -1 && remembered < KEYS_REMEMBERED) {
            keys[slot] = bytes.slice(start, end);
            says[slot] = judged;
            remembered += 1;
          }
          return judged;
        }
        if (known.length === length && isSame(known, bytes, start)) return says[slot] as KeySays;
        slot = (slot + 1) & (SLOTS - 1);
      }
      return judgeKey(bytes, start, end);
    },
    text: (text) => {
      if (text.length < CREDENTIAL_LENGTH_MIN) return text;
      const room = text.length <= SCRATCH_BYTES ? scratch : Buffer.alloc(text.length);
      room.write(text, 'latin1');
      if (!scan.suspicious(room, 0, text.length)) return text;
      let clean = '';
      let at = 0;
      for (const [start, end] of secretRanges(text, { shapes: scan.shapes() })) {
        clean += text.slice(at, start) + MASK_TEXT.repeat(end - start);
        at = end;
      }
      return at === 0 ? text : clean + text.slice(at);
    },
    textWhole: (text) => (isFingerprint(text) ? text : MASK_TEXT.repeat(text.length)),
    keyText: (key) => {
      const known = keyTexts.get(key);
      if (known !== undefined) return known;
      const judged = whatKeySays(key, content);
      if (keyTexts.size < KEYS_REMEMBERED && key.length <= KEY_LENGTH_MAX)
        keyTexts.set(key, judged);
      return judged;
    },
  };
};

/** What a key says of its value, by name. */
export const whatKeySays = (key: string, content: boolean): KeySays => {
  if (key.startsWith(OWN_PREFIX)) return KEY_SAYS.plain;
  if (!content && isContentKey(key)) return KEY_SAYS.content;
  return isSecretKey(key) ? KEY_SAYS.secret : KEY_SAYS.plain;
};

/** The bytes as text, one character each, so that places in it are places in the bytes. */
const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');

/** Masks whole characters of UTF-8 only: half of one would leave the string invalid. */
const fillRange = (bytes: Uint8Array, start: number, end: number, [from, to]: Range): void => {
  let first = from;
  let last = to;
  while (first > start && isContinuation(bytes[first] as number)) first -= 1;
  while (last < end && isContinuation(bytes[last] as number)) last += 1;
  bytes.fill(MASK, first, last);
};

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;

const hashOf = (bytes: Uint8Array, start: number, end: number): number => {
  let hash = end - start;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + (bytes[i] as number)) | 0;
  return hash ^ (hash >>> 15);
};

const isSame = (a: Uint8Array, bytes: Uint8Array, start: number): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== bytes[start + i]) return false;
  return true;
};
