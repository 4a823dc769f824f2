// Redaction of a parsed JSON request: the same judgements as for protobuf, on strings instead of bytes.
import { cutBytes, cutText, longestValue } from './cut.ts';
import { type Judge, KEY_SAYS, type KeySays } from './judge.ts';
import { VALUE_BYTES_MAX } from './limits.ts';

type JsonObject = Record<string, unknown>;

/** Fields of AnyValue that hold what a credential or content could be. */
const NUMBERS = new Set(['intValue', 'doubleValue']);
const BYTES = 'bytesValue';
/** A base64 digit of zero bits: what masked bytes become, so that they stay base64. */
const ZERO_DIGIT = 'A';

/** What holds where a value stands: what keys around it said, and how many bytes it may have. */
interface Place {
  says: KeySays;
  longest: number;
}

/** Masks in place; the document's depth is bounded by who parsed it. */
export const redactDocument = (document: unknown, judge: Judge): void => {
  walk(document, { says: KEY_SAYS.plain, longest: VALUE_BYTES_MAX }, judge);
};

/** The value with everything in it judged; objects and lists are changed where they stand. */
const walk = (value: unknown, place: Place, judge: Judge): unknown => {
  if (typeof value === 'string') {
    const { says, longest } = place;
    return cutText(
      says === KEY_SAYS.plain ? judge.text(value) : judge.textUnder(says, value),
      longest,
    );
  }
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      value[i] = walk(item, place, judge);
    });
    return value;
  }
  if (typeof value === 'object' && value !== null) walkObject(value as JsonObject, place, judge);
  return value;
};

const walkObject = (object: JsonObject, outer: Place, judge: Judge): void => {
  const inner = placeIn(object, outer, judge);
  for (const name of Object.keys(object)) {
    const value = object[name];
    // A field that nobody knows may be named by a credential, or name one.
    const named = judge.text(name);
    let clean: unknown;
    if (name === 'key') {
      // A key that is too long is for the decoder to refuse.
      const says = outer.says === KEY_SAYS.content ? outer.says : KEY_SAYS.plain;
      clean = walk(value, { says, longest: Infinity }, judge);
    } else if (name === BYTES && typeof value === 'string')
      clean = redactBytes(value, inner, judge);
    else if (NUMBERS.has(name) && inner.says !== KEY_SAYS.plain) clean = 0;
    else clean = walk(value, inner, judge);
    if (named !== name) {
      Reflect.deleteProperty(object, name);
      define(object, named, clean);
    } else if (clean !== value) define(object, name, clean);
  }
};

/** What holds in an object, which may be a KeyValue. */
const placeIn = (object: JsonObject, outer: Place, judge: Judge): Place => {
  const key = Object.hasOwn(object, 'key') ? object['key'] : undefined;
  if (typeof key !== 'string' || outer.says === KEY_SAYS.content) return outer;
  const said = judge.keyText(key);
  return {
    says: said === KEY_SAYS.plain ? outer.says : said,
    longest: Math.max(outer.longest, longestValue(key)),
  };
};

/** Sets a property of the object's own, whatever it is called. */
const define = (object: JsonObject, name: string, value: unknown): void => {
  Object.defineProperty(object, name, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
};

/** Bytes are judged decoded and as they are written. */
const redactBytes = (base64: string, { says, longest }: Place, judge: Judge): string => {
  const bytes = Buffer.from(base64, 'base64');
  const decoded = bytes.toString('latin1');
  const clean = says === KEY_SAYS.plain && judge.text(decoded) === decoded;
  if (!clean || judge.text(base64) !== base64)
    return ZERO_DIGIT.repeat(Math.min(base64.length, VALUE_BYTES_MAX));
  return bytes.length <= longest ? base64 : cutBytes(bytes, longest).toString('base64');
};
