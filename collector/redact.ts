// What of an attribute may leave the process: credentials, found by key and by shape, become fingerprints.
import { fingerprint } from './fingerprint.ts';
import { report } from './guard.ts';
import { isContentKey, isFingerprint, isSecretKey, replaceSecrets } from './secrets.ts';

/** A longer value is not searched but dropped: looking through it would hold up the host. Tool definitions may reach it. */
const MAX_SEARCHED_CHARS = 1024 * 1024;
const TOO_LONG = '[too long to search for secrets]';
const UNREADABLE = '[unreadable]';
/** Our own names speak of credentials by fingerprint already. */
const OWN = 'footprint.';

const replacement = (secret: string): string => `[${fingerprint(secret) ?? 'redacted'}]`;

/** Keys and values repeat on every span, and a search costs microseconds: what was found clean is not searched again. */
const MAX_REMEMBERED = 4096;
/** Longer values seldom repeat, and this many characters of this many values bound the memory. */
const MAX_REMEMBERED_CHARS = 128;
/** No shape is shorter than an assignment of four characters to a three-letter word: `pwd=abcd`. */
const MIN_SECRET_CHARS = 8;
/** Ids, which are different each time, so that remembering them is of no use, and which hold no credential. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const UUID_CHARS = 36;
/** Without a separator, shapes take 15 characters or more (`xoxb-` and ten); names and call ids are mostly shorter. */
export const MAX_NAME_CHARS = 14;
const NAME = /^[\w.-]+$/;
const cleanTexts = new Set<string>();
const kinds = new Map<string, KeyKind>();

/** What the value under a key is. */
type KeyKind = 'secret' | 'content' | 'plain';

const kindOf = (key: string): KeyKind => {
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const names = isSecretKey(key) && !key.startsWith(OWN);
  const kind = names ? 'secret' : isContentKey(key) ? 'content' : 'plain';
  if (kinds.size >= MAX_REMEMBERED) kinds.clear();
  kinds.set(key, kind);
  return kind;
};

/** A text without its credentials. */
export const redactText = (value: string): string => {
  const { length } = value;
  if (length < MIN_SECRET_CHARS || (length === UUID_CHARS && UUID.test(value))) return value;
  if (length <= MAX_NAME_CHARS && NAME.test(value)) return value;
  if (cleanTexts.has(value)) return value;
  if (length > MAX_SEARCHED_CHARS) return TOO_LONG;
  const clean = replaceSecrets(value, replacement);
  if (clean === value && length <= MAX_REMEMBERED_CHARS) {
    if (cleanTexts.size >= MAX_REMEMBERED) cleanTexts.clear();
    cleanTexts.add(value);
  }
  return clean;
};

/** What of the value under a key may leave. Throws where it cannot be read. */
export const redactValue = (key: string, value: unknown): unknown => {
  if (typeof value === 'string') {
    const named = kindOf(key) === 'secret' && value !== '' && !isFingerprint(value);
    return named ? replacement(value) : redactText(value);
  }
  if (!Array.isArray(value)) return value;
  const list: unknown[] = value;
  const clean = list.map((item) => (typeof item === 'string' ? redactValue(key, item) : item));
  return clean.some((item, index) => item !== list[index]) ? clean : value;
};

/**
 * The attributes without credentials, and without content unless it is asked for; the same object where nothing is
 * to be changed. A value that cannot be read is dropped.
 */
export const redactAttributes = <A extends Readonly<Record<string, unknown>>>(
  attributes: A,
  { content = true } = {},
): A => {
  const keys = Object.keys(attributes);
  let clean: Record<string, unknown> | undefined;
  let at = 0;
  for (const key of keys) {
    let value: unknown;
    let next: unknown = UNREADABLE;
    const dropped = !content && kindOf(key) === 'content';
    if (!dropped) {
      try {
        value = attributes[key];
        next = redactValue(key, value);
      } catch (fault) {
        report('redacting an attribute failed', fault);
      }
    }
    if (clean === undefined && (dropped || value !== next)) {
      clean = {};
      for (const before of keys.slice(0, at)) clean[before] = attributes[before];
    }
    if (clean !== undefined && !dropped) clean[key] = next;
    at += 1;
  }
  return (clean ?? attributes) as A;
};
