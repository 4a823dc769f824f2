// Cuts a body into records: the items of a JSON array, or one a line; each is parsed by itself, so that a bad one costs itself alone.
import { AppError } from '../errors.ts';
import { parseJson } from '../otlp/json.ts';
import { OBJECTS_MAX } from '../otlp/limits.ts';

/** What a piece of the body came to: plain values, or why it is none. */
export type Piece = { value: unknown } | { fault: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const NEWLINE = 0x0a;

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === NEWLINE || byte === 0x0d || byte === 0x09;

/** Records in order. Throws AppError `bad_request` where the body is no JSON array and has no JSON lines. */
export function* recordsOf(body: Uint8Array): Generator<Piece> {
  let first = 0;
  while (isSpace(body[first])) first += 1;
  if (body[first] === OPEN) yield* itemsOf(body, first + 1);
  else if (body[first] === BRACE_OPEN) yield* linesOf(body, first);
  else if (first < body.length) {
    throw new AppError('bad_request', 'the body is no JSON array and no JSON lines');
  }
}

function* itemsOf(body: Uint8Array, from: number): Generator<Piece> {
  let depth = 0;
  let start = from;
  for (let i = from; i < body.length; i += 1) {
    const byte = body[i] as number;
    if (byte === QUOTE) i = endOfString(body, i);
    else if (byte === OPEN || byte === BRACE_OPEN) depth += 1;
    else if (depth > 0 && (byte === CLOSE || byte === BRACE_CLOSE)) depth -= 1;
    else if (depth === 0 && (byte === COMMA || byte === CLOSE)) {
      const item = body.subarray(start, i);
      if (byte === COMMA || !item.every(isSpace)) yield recordOf(item);
      if (byte === CLOSE) return;
      start = i + 1;
    }
  }
  throw new AppError('bad_request', 'the body ends within a JSON array');
}

function* linesOf(body: Uint8Array, from: number): Generator<Piece> {
  for (let start = from; start < body.length;) {
    const found = body.indexOf(NEWLINE, start);
    const end = found === -1 ? body.length : found;
    const line = body.subarray(start, end);
    if (!line.every(isSpace)) yield recordOf(line);
    start = end + 1;
  }
}

/** Place of the closing quote, or the body's end. */
const endOfString = (body: Uint8Array, open: number): number => {
  for (let i = open + 1; i < body.length; i += 1) {
    if (body[i] === BACKSLASH) i += 1;
    else if (body[i] === QUOTE) return i;
  }
  return body.length;
};

const recordOf = (bytes: Uint8Array): Piece => {
  try {
    const value = parseJson(bytes, OBJECTS_MAX);
    const is_object = typeof value === 'object' && value !== null && !Array.isArray(value);
    return is_object ? { value } : { fault: 'it is no JSON object' };
  } catch (error) {
    if (error instanceof AppError) return { fault: error.message };
    throw error;
  }
};
