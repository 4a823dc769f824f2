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

/**
 * What a key says of its value: look for shapes, mask it whole as a credential, or as content, or that it
 * names a credential and so must not be one.
 */
export const KEY_SAYS = { plain: 0, secret: 1, content: 2, named: 3 } as const;
export type KeySays = (typeof KEY_SAYS)[keyof typeof KEY_SAYS];

/** Added to what a key says where something in the key was masked. */
export const KEY_MASKED = 4;

export interface Judge {
  /** Masks credentials in bytes[start..end) at the same length; whether there were any. */
  mask(bytes: Uint8Array, start: number, end: number): boolean;
  /** Masks what stands under a key that says more than `plain`, unless it is a fingerprint; whether anything changed. */
  maskUnder(says: KeySays, bytes: Uint8Array, start: number, end: number): boolean;
  /** What the key in bytes[start..end) says of its value, plus KEY_MASKED where a credential stood in the key itself. */
  key(bytes: Uint8Array, start: number, end: number): number;
  /** The text with its credentials masked at the same length; the text itself where there are none. */
  text(text: string): string;
  /** The text under a key that says more than `plain`, masked as in bytes. */
  textUnder(says: KeySays, text: string): string;
  /** What a key given as text says of its value. */
  keyText(key: string): KeySays;
}

const MASK = 0x2a;
const MASK_TEXT = '*';
/** Our own names speak of credentials by fingerprint, scope and instant already … */
const OWN_PREFIX = 'footprint.';
/** … and these two by fingerprint alone. */
const NAMES_CREDENTIAL = new Set([
  'footprint.credential.fingerprint',
  'footprint.credential.parent',
]);
/** Others' names of a token's or session's id, by which one who has it may be taken for its holder (Keycloak). */
const NAMES_SECRET = new Set([
  'kc.token.id',
  'kc.token.sid',
  'kc.sessionId',
  'kc.authenticationSessionId',
]);
/** Length of `fp_` and 32 hex digits: a credential that is shorter has no room for its fingerprint. */
const FINGERPRINT_LENGTH = 35;
/** Words before a credential in a header; the credential itself is what others name too. */
const SCHEME = /^\s*(?:bearer|dpop|basic|token|apikey)\s+(?=\S)/i;
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

export interface JudgeOptions {
  /** True where prompts, answers, arguments and results stay. */
  content?: boolean;
  /** The keyed fingerprint of a credential, which takes its place; without it credentials leave only a mask. */
  fingerprint?: ((secret: string) => string) | undefined;
}

export const createJudge = ({ content = false, fingerprint }: JudgeOptions = {}): Judge => {
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

  const maskText = (text: string): string => {
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
  };

  /** What takes the place of a credential of so many bytes, behind which is mask; '' where it is too short. */
  const nameOf = (secret: string, length: number): string =>
    fingerprint === undefined || length < FINGERPRINT_LENGTH
      ? ''
      : fingerprint(secret.replace(SCHEME, '').trim());

  return {
    mask,
    maskUnder: (says, bytes, start, end) => {
      const length = end - start;
      if (length === 0 || isFingerprint(latin1(bytes, start, end))) return false;
      const secret = Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString();
      const name = says === KEY_SAYS.content ? '' : nameOf(secret, length);
      if (says === KEY_SAYS.named && name === '') return mask(bytes, start, end);
      bytes.fill(MASK, start, end);
      for (let i = 0; i < name.length; i++) bytes[start + i] = name.charCodeAt(i);
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
    text: maskText,
    textUnder: (says, text) => {
      if (text === '' || isFingerprint(text)) return text;
      const length = Buffer.byteLength(text);
      const name = says === KEY_SAYS.content ? '' : nameOf(text.toWellFormed(), length);
      if (says === KEY_SAYS.named && name === '') return maskText(text);
      return name + MASK_TEXT.repeat(length - name.length);
    },
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
  if (key.startsWith(OWN_PREFIX)) {
    return NAMES_CREDENTIAL.has(key) ? KEY_SAYS.named : KEY_SAYS.plain;
  }
  if (!content && isContentKey(key)) return KEY_SAYS.content;
  return NAMES_SECRET.has(key) || isSecretKey(key) ? KEY_SAYS.secret : KEY_SAYS.plain;
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
