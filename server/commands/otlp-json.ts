// Cuts OTLP JSON, one request or many, into its ResourceSpans as the bytes come, so that no file is too long.
import type { Piece } from './otlp-file.ts';
import { splitSpans, WHOLE_BYTES_MAX } from './otlp-split.ts';

export interface Cutter {
  /** The pieces that are whole with this chunk. Throws AppError `bad_request` where the rest of the file is lost too. */
  take(chunk: Buffer): Piece[];
  /** To be called at the end of the file. Throws likewise. */
  end(): Piece[];
  /** Requests that ended so far, and those of them that hold no spans: logs or metrics, which this does not read. */
  requests(): number;
  without_spans(): number;
  /** What is wrong with the requests that were passed over since the last call, each with its place. */
  faults(): string[];
}

const BYTE = {
  quote: 0x22,
  backslash: 0x5c,
  brace: 0x7b,
  brace_end: 0x7d,
  bracket: 0x5b,
  bracket_end: 0x5d,
  comma: 0x2c,
  colon: 0x3a,
  newline: 0x0a,
} as const;
const LIST = Buffer.from('resourceSpans');
/** After these a line may end inside of a request that is written over several lines. */
const OPEN_ENDS: ReadonlySet<number> = new Set([BYTE.brace, BYTE.bracket, BYTE.comma, BYTE.colon]);
/** What stands in JSON outside of texts: numbers, true, false, null and what parts them. */
const PLAIN: ReadonlySet<number> = new Set(Buffer.from('0123456789+-.eEtrufalsn:, \t\r\n'));

/** It has to be read as one text to be split, and a text of Node has at most 2^29 characters. */
const PARSED_BYTES_MAX = 512 * 1024 * 1024 - 64;

/** What is wrong with a request; it is passed over, and the next line that begins one is read on. */
class Fault extends Error {}
const wrong = (what: string): Fault => new Fault(what);

/** `name` is the file's, for messages. */
export const createJsonCutter = (name: string): Cutter => {
  let depth = 0;
  let line = 1;
  /** Line in which the request began. */
  let began = 1;
  let in_string = false;
  let escaped = false;
  /** Where the string being read matches `resourceSpans` so far, -1 where it does not. */
  let matched = -1;
  let is_list = false;
  let in_list = false;
  let found = false;
  /** The last byte was a newline; the last byte that is no space. */
  let fresh = true;
  let last = 0;
  /** Some request was written over several lines. */
  let is_document = false;
  /** In a request that is wrong. */
  let lost = false;
  let requests = 0;
  let without = 0;
  let faults: string[] = [];
  let any_fault = false;
  /** Pieces of a request that has not ended: one that is cut gives none, unless it is very long. */
  let pending: Piece[] = [];
  let pending_bytes = 0;
  let held: Buffer[] = [];
  let held_bytes = 0;
  let piece_line = 1;

  const hold = (bytes: Buffer): void => {
    held.push(bytes);
    held_bytes += bytes.length;
    if (held_bytes > PARSED_BYTES_MAX) {
      throw wrong(`one ResourceSpans is larger than ${String(PARSED_BYTES_MAX)} bytes`);
    }
  };
  const finish = (): void => {
    const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
    held = [];
    held_bytes = 0;
    const piece = { bytes, line: piece_line };
    pending.push(...(bytes.length <= WHOLE_BYTES_MAX ? [piece] : splitSpans(piece, wrong)));
    pending_bytes += bytes.length;
  };
  const release = (): Piece[] => {
    const pieces = pending;
    pending = [];
    pending_bytes = 0;
    return pieces;
  };
  /** A byte between the elements of the list, or around requests. */
  const checkBetween = (byte: number): void => {
    if (isSpace(byte) || (depth === 2 && byte === BYTE.comma)) return;
    if (depth === 0) throw wrong('an OTLP request in JSON begins with {');
    throw wrong('resourceSpans holds something that is no object');
  };
  const open = (byte: number): boolean => {
    depth += 1;
    if (depth === 1) {
      if (byte !== BYTE.brace) throw wrong('an OTLP request in JSON begins with {');
      found = false;
      began = line;
    } else if (depth === 2 && is_list) {
      if (byte !== BYTE.bracket) throw wrong('resourceSpans is no list');
      in_list = true;
      found = true;
    } else if (depth === 3 && in_list) {
      if (byte !== BYTE.brace) throw wrong('resourceSpans holds something that is no object');
      piece_line = line;
      return true;
    }
    return false;
  };
  const endRequest = (pieces: Piece[]): void => {
    requests += 1;
    if (!found) without += 1;
    if (line > began) is_document = true;
    is_list = false;
    pieces.push(...release());
  };
  const lose = (fault: string, at = line): void => {
    faults.push(`${name}, line ${String(at)}: ${fault}`);
    any_fault = true;
    lost = true;
    depth = 0;
    in_string = escaped = is_list = in_list = false;
    held = [];
    held_bytes = 0;
    release();
  };
  /** Whether the request that is open was cut off at the end of the line before, since another begins here. */
  const isCut = (byte: number): boolean =>
    fresh &&
    depth > 0 &&
    byte === BYTE.brace &&
    !is_document &&
    (requests > 0 || any_fault || !OPEN_ENDS.has(last));

  /** One byte; the start of a piece in the chunk goes through it. */
  const step = (chunk: Buffer, at: number, start: number, pieces: Piece[]): number => {
    const byte = chunk[at] as number;
    if (in_string) {
      if (byte === BYTE.newline) throw wrong('the line ends inside of a text');
      if (escaped) escaped = false;
      else if (byte === BYTE.backslash) escaped = true;
      else if (byte === BYTE.quote) {
        in_string = false;
        if (depth === 1) is_list = matched === LIST.length;
        return start;
      }
      if (matched >= 0) matched = byte === LIST[matched] ? matched + 1 : -1;
    } else if (byte === BYTE.quote) {
      if (depth === 0 || (depth === 2 && in_list)) checkBetween(byte);
      if (depth === 1 && is_list) throw wrong('resourceSpans is no list');
      in_string = true;
      matched = depth === 1 ? 0 : -1;
    } else if (byte === BYTE.brace || byte === BYTE.bracket) {
      if (open(byte)) return at;
    } else if (byte === BYTE.brace_end || byte === BYTE.bracket_end) {
      depth -= 1;
      if (depth < 0) throw wrong('an OTLP request in JSON begins with {');
      if (depth === 2 && in_list) {
        hold(chunk.subarray(start, at + 1));
        finish();
        if (pending_bytes > WHOLE_BYTES_MAX) pieces.push(...release());
        return -1;
      }
      if (depth === 1) {
        in_list = false;
        is_list = false;
      } else if (depth === 0) endRequest(pieces);
    } else if (depth === 0 || (depth === 2 && in_list)) checkBetween(byte);
    else if (depth === 1 && is_list && isScalar(byte)) throw wrong('resourceSpans is no list');
    else if (!in_list && (!PLAIN.has(byte) || (last === BYTE.brace && !isSpace(byte))))
      throw wrong('it is no JSON');
    return start;
  };

  return {
    requests: () => requests,
    without_spans: () => without,
    faults() {
      const told = faults;
      faults = [];
      return told;
    },
    take(chunk) {
      const pieces: Piece[] = [];
      let start = depth > 2 && in_list ? 0 : -1;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number;
        try {
          if (lost && fresh && byte === BYTE.brace) lost = false;
          if (!lost) {
            if (isCut(byte)) {
              lose('the request is cut off', began);
              lost = false;
            }
            start = step(chunk, at, start, pieces);
          }
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          lose(error.message);
          start = -1;
        }
        fresh = byte === BYTE.newline;
        if (fresh) line += 1;
        if (!isSpace(byte)) last = byte;
      }
      if (start >= 0 && depth > 2 && in_list) hold(chunk.subarray(start));
      return pieces;
    },
    end() {
      if (depth > 0 || in_string) lose('the file ends inside of a request');
      return [];
    },
  };
};

/** Numbers, true and false; null says that there is no list. */
const isScalar = (byte: number): boolean =>
  (byte >= 0x30 && byte <= 0x39) || byte === 0x2d || byte === 0x74 || byte === 0x66;

/** Space, tab, line ends and the byte order mark. */
export const isSpace = (byte: number): boolean =>
  byte === 32 || (byte >= 9 && byte <= 13) || byte === 0xef || byte === 0xbb || byte === 0xbf;
