// Reading the protobuf wire format (protobuf.dev/programming-guides/encoding), never outside the bytes given.
import { malformed } from './malformed.ts';

/** Wire types; groups (3, 4) left the format before OTLP was made. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A place in a body. `at` never passes the `end` that a call is given. */
export interface Cursor {
  bytes: Uint8Array;
  at: number;
}

/** The next varint as a number; integers beyond 2^53 lose precision, more than ten bytes are refused. */
export const readVarint = (cursor: Cursor, end: number): number => {
  const { bytes } = cursor;
  let at = cursor.at;
  if (at >= end) throw malformed('it is cut short');
  let byte = bytes[at++] as number;
  if (byte < 0x80) {
    cursor.at = at;
    return byte;
  }
  let value = byte & 0x7f;
  let scale = 0x80;
  for (let count = 1; count < 10; count++) {
    if (at >= end) throw malformed('it is cut short');
    byte = bytes[at++] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      cursor.at = at;
      return value;
    }
    scale *= 0x80;
  }
  throw malformed('a number is longer than ten bytes');
};

/** The next varint as a signed 64-bit integer (two's complement), as near as a double comes to it. */
export const readInt64 = (cursor: Cursor, end: number): number => {
  const { bytes } = cursor;
  let low = 0;
  let high = 0;
  for (let count = 0; count < 10; count++) {
    if (cursor.at >= end) throw malformed('it is cut short');
    const byte = bytes[cursor.at++] as number;
    const bits = byte & 0x7f;
    if (count < 4) low |= bits << (count * 7);
    else if (count === 4) {
      low |= bits << 28;
      high |= bits >> 4;
    } else if (count < 10) high |= bits << (count * 7 - 32);
    if (byte < 0x80) return (high | 0) * 0x1_0000_0000 + (low >>> 0);
  }
  throw malformed('a number is longer than ten bytes');
};

/** The end of the length-delimited field that starts here. */
export const readLength = (cursor: Cursor, end: number): number => {
  const length = readVarint(cursor, end);
  if (length > end - cursor.at) throw malformed('a length passes the end');
  return cursor.at + length;
};

/** A tag: field number × 8 + wire type. Field number 0 and the wire types that do not exist are refused. */
export const readTag = (cursor: Cursor, end: number): number => {
  const tag = readVarint(cursor, end);
  if (tag < 8 || tag > 0xffff_ffff) throw malformed('a field has no number');
  return tag;
};

/** Passes over the value behind a tag. */
export const skipField = (cursor: Cursor, tag: number, end: number): void => {
  switch (tag & 7) {
    case WIRE.varint:
      readVarint(cursor, end);
      return;
    case WIRE.fixed64:
      skipBytes(cursor, 8, end);
      return;
    case WIRE.bytes:
      cursor.at = readLength(cursor, end);
      return;
    case WIRE.fixed32:
      skipBytes(cursor, 4, end);
      return;
    default:
      throw malformed('a field has an unknown wire type');
  }
};

/** Passes over so many bytes and answers where they began. */
export const skipBytes = (cursor: Cursor, count: number, end: number): number => {
  const from = cursor.at;
  if (count > end - from) throw malformed('it is cut short');
  cursor.at = from + count;
  return from;
};

/** Little-endian unsigned 32-bit integer; the caller has checked that it is there. */
export const uint32At = (bytes: Uint8Array, at: number): number =>
  ((bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)) >>>
  0;
