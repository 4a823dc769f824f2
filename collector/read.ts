// Reads what a caller handed over, one field at a time: a getter that throws or a wrong type costs that field alone.
import { isPermissionName } from './permission-names.ts';
import { redactText } from './redact.ts';

/** Longer names and ids than this are cut: the server keeps no longer ones either. */
export const MAX_TEXT_CHARS = 1024;
/** A decision or token names a handful of scopes or rules; more than this is a mistake of the caller's. */
export const MAX_LIST_ITEMS = 128;
/** So much behind a cut is looked at for a credential that stands across it, whose first part no shape would tell. */
const CUT_MARGIN_CHARS = 512;

/** `value[key]`, or undefined where it cannot be read. */
export const field = (value: unknown, key: string): unknown => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null)
    return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
};

/** A string that is not empty, cut to `max` characters; whole numbers are written out; else undefined. */
export const text = (value: unknown, max: number = MAX_TEXT_CHARS): string | undefined => {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  if (typeof value !== 'string' || value === '') return undefined;
  if (value.length <= max) return value;
  return redactText(value.slice(0, max + CUT_MARGIN_CHARS)).slice(0, max);
};

/** `text` of a field. */
export const textField = (value: unknown, key: string): string | undefined =>
  text(field(value, key));

/**
 * The strings of an array, at most `max`; a string alone is split at spaces (OAuth's scope syntax, RFC 6749, 3.3), and
 * before that its credentials are taken out.
 */
export const texts = (value: unknown, max: number = MAX_LIST_ITEMS): string[] | undefined => {
  if (typeof value === 'string') return words(value).slice(0, max);
  try {
    if (!Array.isArray(value)) return undefined;
    const list: string[] = [];
    for (let index = 0; index < value.length && list.length < max; index += 1) {
      const item = text(field(value, String(index)));
      if (item !== undefined) list.push(item);
    }
    return list;
  } catch {
    return undefined;
  }
};

const split = (value: string): string[] => value.split(' ').filter((part) => part !== '');

/** `Bearer` and what follows it tell a credential together and not apart; `password:reset mail:send` are two scopes. */
const words = (value: string): string[] => {
  if (redactText(value) === value) return split(value);
  const clean: string[] = [];
  let between: string[] = [];
  for (const word of [...split(value), undefined]) {
    if (word !== undefined && !isPermissionName(word)) between.push(word);
    else {
      clean.push(...split(redactText(between.join(' '))), ...(word === undefined ? [] : [word]));
      between = [];
    }
  }
  return clean;
};

/** An instant as an RFC 3339 string in UTC, from a Date, an RFC 3339 string or milliseconds since 1970. */
export const instant = (value: unknown): string | undefined => {
  try {
    if (typeof value !== 'string' && typeof value !== 'number' && !(value instanceof Date))
      return undefined;
    return new Date(value).toISOString();
  } catch {
    return undefined;
  }
};

/** The member of a closed set that `value` is, else undefined. */
export const oneOf = <const T extends string>(value: unknown, set: readonly T[]): T | undefined =>
  set.find((member) => member === value);
