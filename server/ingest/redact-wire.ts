// Redaction of a protobuf request in place: every string of it is judged, those in fields that nobody knows too.
import { type Cursor, readLength, readTag, skipField, WIRE } from '../otlp/cursor.ts';
import { ANY_VALUE_DEPTH_MAX } from '../otlp/limits.ts';
import { malformed } from '../otlp/malformed.ts';
import { createRepeats, type Repeats } from '../otlp/repeats.ts';
import { cutField, longestValueOf } from './cut.ts';
import { type Judge, KEY_MASKED, KEY_SAYS, type KeySays } from './judge.ts';
import { VALUE_BYTES_MAX } from './limits.ts';

/** What stands in a length-delimited field: a message of the shape given, or one of these. */
const TEXT = 1;
const ID = 2;
const ATTRIBUTE = 3;
/** By field number; a field that is not here is text, since it might be. */
interface Shape {
  [field: number]: Shape | typeof TEXT | typeof ID | typeof ATTRIBUTE;
}

const RESOURCE: Shape = { 1: ATTRIBUTE };
const SCOPE: Shape = { 1: TEXT, 2: TEXT, 3: ATTRIBUTE };
const EVENT: Shape = { 2: TEXT, 3: ATTRIBUTE };
const LINK: Shape = { 1: ID, 2: ID, 3: TEXT, 4: ATTRIBUTE };
const STATUS: Shape = { 2: TEXT };
const SPAN: Shape = {
  1: ID,
  2: ID,
  3: TEXT,
  4: ID,
  5: TEXT,
  9: ATTRIBUTE,
  11: EVENT,
  13: LINK,
  15: STATUS,
};
const SCOPE_SPANS: Shape = { 1: SCOPE, 2: SPAN, 3: TEXT };
const RESOURCE_SPANS: Shape = { 1: RESOURCE, 2: SCOPE_SPANS, 3: TEXT };
const REQUEST: Shape = { 1: RESOURCE_SPANS };

/** Field × 8 + wire type of KeyValue and AnyValue. */
const KEY = 10;
const KEY_VALUE = 18;
const ANY = { string: 10, int: 24, double: 33, array: 42, map: 50, bytes: 58 } as const;
const VALUES = 10;
/** Noted of an attribute in which nothing was changed. */
const CLEAN = 1;
/** An id of a link may be this long and is not looked at; a longer one is somebody's text. */
const ID_BYTES_MAX = 16;

interface Walk {
  cursor: Cursor;
  judge: Judge;
  /** Bytes that a value may have where the walk is. */
  longest: number;
  changed: boolean;
  /** Attributes of the message before in which there was nothing to change. */
  repeats: Repeats;
}

/** Masks in place; whether anything was changed. Throws AppError `bad_request`. */
export const redactRequest = (bytes: Uint8Array, judge: Judge): boolean => {
  const cursor = { bytes, at: 0 };
  const repeats = createRepeats(bytes);
  const walk: Walk = { cursor, judge, longest: VALUE_BYTES_MAX, changed: false, repeats };
  redactMessage(walk, bytes.length, REQUEST);
  return walk.changed;
};

const redactMessage = (walk: Walk, end: number, shape: Shape): void => {
  const { cursor } = walk;
  let place = 0;
  while (cursor.at < end) {
    const field = cursor.at;
    const tag = readTag(cursor, end);
    if ((tag & 7) !== WIRE.bytes) {
      skipField(cursor, tag, end);
      continue;
    }
    const fieldEnd = readLength(cursor, end);
    const inner = shape[tag >>> 3] ?? TEXT;
    if (inner === ATTRIBUTE) redactNewAttribute(walk, fieldEnd, place++);
    else if (typeof inner === 'object') redactMessage(walk, fieldEnd, inner);
    else if (inner === TEXT || fieldEnd - cursor.at > ID_BYTES_MAX) {
      redactText(walk, cursor.at, fieldEnd, KEY_SAYS.plain);
      cutLong(walk, field, fieldEnd);
    }
    cursor.at = fieldEnd;
  }
};

/** What was judged clean in the message before is clean here. */
const redactNewAttribute = (walk: Walk, end: number, place: number): void => {
  const { cursor, repeats, changed } = walk;
  const start = cursor.at;
  if (repeats.find(place, start, end) === CLEAN) return;
  walk.changed = false;
  walk.longest = longestValueOf(cursor.bytes, start, end);
  redactAttribute(walk, end, KEY_SAYS.plain, 1);
  walk.longest = VALUE_BYTES_MAX;
  if (!walk.changed) repeats.note(place, start, end, CLEAN);
  walk.changed ||= changed;
};

const redactText = (walk: Walk, start: number, end: number, says: KeySays): void => {
  const { judge, cursor } = walk;
  const masked =
    says === KEY_SAYS.plain
      ? judge.mask(cursor.bytes, start, end)
      : judge.maskUnder(says, cursor.bytes, start, end);
  if (masked) walk.changed = true;
};

/** Cuts the field whose content begins where the walk is, once what is in it is redacted. */
const cutLong = (walk: Walk, field: number, end: number): void => {
  const { cursor, longest } = walk;
  if (end - cursor.at <= longest) return;
  cutField(cursor.bytes, { field, start: cursor.at, end, longest });
  walk.changed = true;
};

/** What a key says where something larger that it is in does not say it already. */
const readKey = (walk: Walk, end: number, outer: KeySays): KeySays => {
  const { cursor, judge } = walk;
  const start = cursor.at;
  cursor.at = end;
  // What people said may be keyed by what they said.
  if (outer === KEY_SAYS.content) {
    redactText(walk, start, end, outer);
    return outer;
  }
  const judged = judge.key(cursor.bytes, start, end);
  if (judged >= KEY_MASKED) walk.changed = true;
  const says = (judged % KEY_MASKED) as KeySays;
  return says === KEY_SAYS.plain ? outer : says;
};

/** A KeyValue as every exporter writes it, a short key and then a value to the end; false where it is another. */
const redactUsual = (walk: Walk, end: number, outer: KeySays, depth: number): boolean => {
  const { cursor } = walk;
  const { bytes, at: start } = cursor;
  const keyEnd = start + 2 + (bytes[start + 1] as number);
  if (end - start < 4 || (bytes[start + 1] as number) >= 0x80 || keyEnd + 2 > end) return false;
  if (bytes[start] !== KEY || bytes[keyEnd] !== KEY_VALUE) return false;
  cursor.at = keyEnd + 1;
  const valueEnd = readLength(cursor, end);
  const valueStart = cursor.at;
  cursor.at = start + 2;
  if (valueEnd !== end) {
    cursor.at = start;
    return false;
  }
  const says = readKey(walk, keyEnd, outer);
  cursor.at = valueStart;
  redactValue(walk, end, says, depth);
  return true;
};

/** A KeyValue: its key may stand behind its value, so keys are read first. `outer` is what holds for the whole. */
const redactAttribute = (walk: Walk, end: number, outer: KeySays, depth: number): void => {
  const { cursor } = walk;
  if (redactUsual(walk, end, outer, depth)) return;
  const start = cursor.at;
  let says = outer;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== KEY) {
      skipField(cursor, tag, end);
      continue;
    }
    const told = readKey(walk, readLength(cursor, end), outer);
    if (told !== KEY_SAYS.plain) says = told;
  }
  cursor.at = start;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if ((tag & 7) !== WIRE.bytes) {
      skipField(cursor, tag, end);
      continue;
    }
    const fieldEnd = readLength(cursor, end);
    if (tag === KEY_VALUE) redactValue(walk, fieldEnd, says, depth);
    else if (tag !== KEY) redactText(walk, cursor.at, fieldEnd, says);
    cursor.at = fieldEnd;
  }
};

/** An AnyValue and all that is in it. */
const redactValue = (walk: Walk, end: number, says: KeySays, depth: number): void => {
  if (depth > ANY_VALUE_DEPTH_MAX) {
    throw malformed(`a value is nested deeper than ${String(ANY_VALUE_DEPTH_MAX)}`);
  }
  const { cursor } = walk;
  while (cursor.at < end) {
    const field = cursor.at;
    const tag = readTag(cursor, end);
    if ((tag & 7) !== WIRE.bytes) {
      const start = cursor.at;
      skipField(cursor, tag, end);
      if (says !== KEY_SAYS.plain && (tag === ANY.int || tag === ANY.double)) {
        clearNumber(walk, start, tag === ANY.int);
      }
      continue;
    }
    const fieldEnd = readLength(cursor, end);
    if (tag === ANY.array || tag === ANY.map) {
      redactItems(walk, fieldEnd, tag === ANY.map, says, depth);
    } else {
      redactText(walk, cursor.at, fieldEnd, says);
      cutLong(walk, field, fieldEnd);
    }
    cursor.at = fieldEnd;
  }
};

/** The values of an ArrayValue, or the pairs of a KeyValueList. */
const redactItems = (
  walk: Walk,
  end: number,
  pairs: boolean,
  says: KeySays,
  depth: number,
): void => {
  const { cursor } = walk;
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if ((tag & 7) !== WIRE.bytes) {
      skipField(cursor, tag, end);
      continue;
    }
    const itemEnd = readLength(cursor, end);
    if (tag !== VALUES) redactText(walk, cursor.at, itemEnd, says);
    else if (pairs) redactAttribute(walk, itemEnd, says, depth + 1);
    else redactValue(walk, itemEnd, says, depth + 1);
    cursor.at = itemEnd;
  }
};

/** Sets a number to 0 at the same length: a varint keeps its marks that more bytes follow. */
const clearNumber = (walk: Walk, start: number, varint: boolean): void => {
  const { bytes, at } = walk.cursor;
  for (let i = start; i < at; i++) bytes[i] = varint && i < at - 1 ? 0x80 : 0;
  walk.changed = true;
};
