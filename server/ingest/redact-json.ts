// Redaction of a parsed JSON request: the same judgements as for protobuf, on strings instead of bytes.
import { type Judge, KEY_SAYS, type KeySays } from './judge.ts';

type JsonObject = Record<string, unknown>;

/** Fields of AnyValue that hold what a credential or content could be. */
const NUMBERS = new Set(['intValue', 'doubleValue']);
const BYTES = 'bytesValue';
/** A base64 digit of zero bits: what masked bytes become, so that they stay base64. */
const ZERO_DIGIT = 'A';

/** Masks in place; the document's depth is bounded by who parsed it. */
export const redactDocument = (document: unknown, judge: Judge): void => {
  walk(document, KEY_SAYS.plain, judge);
};

/** The value with everything in it judged; objects and lists are changed where they stand. */
const walk = (value: unknown, says: KeySays, judge: Judge): unknown => {
  if (typeof value === 'string') {
    return says === KEY_SAYS.plain ? judge.text(value) : judge.textWhole(value);
  }
  if (Array.isArray(value)) {
    value.forEach((item, place) => {
      value[place] = walk(item, says, judge);
    });
    return value;
  }
  if (typeof value === 'object' && value !== null) walkObject(value as JsonObject, says, judge);
  return value;
};

const walkObject = (object: JsonObject, outer: KeySays, judge: Judge): void => {
  const key = Object.hasOwn(object, 'key') ? object['key'] : undefined;
  const said = typeof key === 'string' && outer !== KEY_SAYS.content ? judge.keyText(key) : outer;
  const inner = said === KEY_SAYS.plain ? outer : said;
  for (const name of Object.keys(object)) {
    const value = object[name];
    // A field that nobody knows may be named by a credential, or name one.
    const named = judge.text(name);
    let clean: unknown;
    if (name === 'key')
      clean = walk(value, outer === KEY_SAYS.content ? outer : KEY_SAYS.plain, judge);
    else if (name === BYTES && typeof value === 'string') clean = redactBytes(value, inner, judge);
    else if (NUMBERS.has(name) && inner !== KEY_SAYS.plain) clean = 0;
    else clean = walk(value, inner, judge);
    if (named !== name) {
      Reflect.deleteProperty(object, name);
      define(object, named, clean);
    } else if (clean !== value) define(object, name, clean);
  }
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
const redactBytes = (base64: string, says: KeySays, judge: Judge): string => {
  const decoded = Buffer.from(base64, 'base64').toString('latin1');
  const clean = says === KEY_SAYS.plain && judge.text(decoded) === decoded;
  return clean && judge.text(base64) === base64 ? base64 : ZERO_DIGIT.repeat(base64.length);
};
