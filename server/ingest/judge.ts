// Judging one string of bytes: where credentials stand in it, and what its key says of the value.
import {
  isContentKey,
  isFingerprint,
  isSecretKey,
  lettersFor,
  type Range,
  secretRanges,
} from '../../collector/secrets.ts';
import { createAnchorScan } from './anchors.ts';
import { createByteTable } from './byte-table.ts';

/** What a key says of its value: look for shapes, mask it whole as a credential, or as content. */
export const KEY_SAYS = { plain: 0, secret: 1, content: 2 } as const;
export type KeySays = (typeof KEY_SAYS)[keyof typeof KEY_SAYS];

/** Added to what a key says where something in the key was masked. */
export const KEY_MASKED = 4;

export interface Judge {
  /** Masks credentials in bytes[start..end) at the same length; whether there were any. */
  mask(bytes: Uint8Array, start: number, end: number): boolean;
  /** Masks all of it, unless it is a fingerprint; whether anything changed. */
  maskWhole(bytes: Uint8Array, start: number, end: number): boolean;
  /** What the key in bytes[start..end) says of its value, plus KEY_MASKED where a credential stood in the key itself. */
  key(bytes: Uint8Array, start: number, end: number): number;
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
/** Values remembered as clean: names, types and addresses come again and again. */
const CLEAN_REMEMBERED = 8192;
/** Of values that were quick to judge so many pass until one is remembered, since ids come once and would push out the rest. */
const REMEMBER_ONE_IN = 8;
/** Longest key that is remembered as text. */
const KEY_LENGTH_MAX = 128;
/** No credential that a shape tells is shorter: `pwd=` and four characters. */
const CREDENTIAL_LENGTH_MIN = 8;
/** Texts of a JSON body are copied here to be scanned; larger ones are given room for once. */
const SCRATCH_BYTES = 64 * 1024;

/** With `content` true, prompts, answers, arguments and results stay. */
export const createJudge = ({ content = false }: { content?: boolean } = {}): Judge => {
  const scan = createAnchorScan();
  const keys = createByteTable(KEYS_REMEMBERED);
  const clean = createByteTable(CLEAN_REMEMBERED);
  const scratch = Buffer.alloc(SCRATCH_BYTES);
  const keyTexts = new Map<string, KeySays>();

  let judged = 0;

  const mask = (bytes: Uint8Array, start: number, end: number): boolean => {
    if (end - start < CREDENTIAL_LENGTH_MIN) return false;
    if (clean.get(bytes, start, end) === 1) return false;
    if (!scan.suspicious(bytes, start, end)) {
      judged += 1;
      if (judged % REMEMBER_ONE_IN === 0) clean.put(bytes, start, end, 1);
      return false;
    }
    const text = latin1(bytes, start, end);
    const ranges = secretRanges(text, { shapes: scan.shapes(), encoded: scan.encoded() });
    if (ranges.length === 0) clean.put(bytes, start, end, 1);
    for (const [from, to] of ranges) fillRange(bytes, start, end, [start + from, start + to]);
    return ranges.length > 0;
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
      const known = keys.get(bytes, start, end);
      if (known >= 0) return known;
      const judged = whatKeySays(latin1(bytes, start, end), content);
      if (mask(bytes, start, end)) return judged + KEY_MASKED;
      keys.put(bytes, start, end, judged);
      return judged;
    },
    text: (text) => {
      if (text.length < CREDENTIAL_LENGTH_MIN) return text;
      const room = text.length <= SCRATCH_BYTES ? scratch : Buffer.alloc(text.length);
      room.write(text, 'latin1');
      if (!scan.suspicious(room, 0, text.length)) return text;
      let masked = '';
      let at = 0;
      for (const [start, end] of secretRanges(text, {
        shapes: scan.shapes(),
        encoded: scan.encoded(),
      })) {
        masked += text.slice(at, start) + maskOf(text.slice(start, end));
        at = end;
      }
      return at === 0 ? text : masked + text.slice(at);
    },
    textWhole: (text) => (isFingerprint(text) ? text : maskOf(text)),
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

/** As many bytes of mask as the text has in UTF-8, so that JSON and protobuf are masked alike. */
const maskOf = (text: string): string => MASK_TEXT.repeat(Buffer.byteLength(text));

/**
 * The bytes as text, one character each, so that places in it are places in the bytes. Bytes beyond
 * ASCII become letters: as Latin-1 some would be taken for blanks, where a credential ends.
 */
const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  lettersFor(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1'));

/** Masks whole characters of UTF-8 only: half of one would leave the string invalid. */
const fillRange = (bytes: Uint8Array, start: number, end: number, [from, to]: Range): void => {
  let first = from;
  let last = to;
  while (first > start && isContinuation(bytes[first] as number)) first -= 1;
  while (last < end && isContinuation(bytes[last] as number)) last += 1;
  bytes.fill(MASK, first, last);
};

const isContinuation = (byte: number): boolean => (byte & 0xc0) === 0x80;
