// Cuts OTLP JSON, one request or many, into its ResourceSpans as the bytes come, so that no file is too long.
import { AppError } from '../errors.ts';
import type { Piece } from './otlp-file.ts';

export interface Cutter {
  /** The pieces that end in this chunk. Throws AppError `bad_request` where it is no OTLP. */
  take(chunk: Buffer): Piece[];
  /** To be called at the end of the file. Throws AppError `bad_request` where that is inside of a request. */
  end(): Piece[];
  /** Requests that ended so far, and those of them that hold no spans: logs or metrics, which this does not read. */
  requests(): number;
  without_spans(): number;
}

const BYTE = {
  quote: 0x22,
  backslash: 0x5c,
  brace: 0x7b,
  brace_end: 0x7d,
  bracket: 0x5b,
  bracket_end: 0x5d,
  comma: 0x2c,
  newline: 0x0a,
} as const;
const LIST = Buffer.from('resourceSpans');

/** One ResourceSpans that is longer is cut by its spans; a body may have four times as much. */
const WHOLE_BYTES_MAX = 16 * 1024 * 1024;
/** What it is cut into, about. */
const SPLIT_BYTES = 4 * 1024 * 1024;
/** It has to be read as one text for that, and a text of Node has at most 2^29 characters. */
const PARSED_BYTES_MAX = 512 * 1024 * 1024 - 64;

/** `name` is the file's, for messages. */
export const createJsonCutter = (name: string): Cutter => {
  let depth = 0;
  let line = 1;
  let in_string = false;
  let escaped = false;
  /** Where the string being read matches `resourceSpans` so far, -1 where it does not. */
  let matched = -1;
  let is_list = false;
  let in_list = false;
  let found = false;
  let requests = 0;
  let without = 0;
  let held: Buffer[] = [];
  let held_bytes = 0;
  let piece_line = 1;
  const wrong = (what: string): AppError =>
    new AppError('bad_request', `${name}, line ${String(line)}: ${what}`);

  const hold = (bytes: Buffer): void => {
    held.push(bytes);
    held_bytes += bytes.length;
    if (held_bytes > PARSED_BYTES_MAX) {
      throw wrong(`one ResourceSpans is larger than ${String(PARSED_BYTES_MAX)} bytes`);
    }
  };
  const finish = (): Piece[] => {
    const bytes = held.length === 1 ? (held[0] as Buffer) : Buffer.concat(held);
    held = [];
    held_bytes = 0;
    const piece = { bytes, line: piece_line };
    return bytes.length <= WHOLE_BYTES_MAX ? [piece] : splitSpans(piece, wrong);
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
  const endRequest = (): void => {
    requests += 1;
    if (!found) without += 1;
    is_list = false;
  };

  return {
    requests: () => requests,
    without_spans: () => without,
    take(chunk) {
      const pieces: Piece[] = [];
      let start = depth > 2 && in_list ? 0 : -1;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at] as number;
        if (byte === BYTE.newline) line += 1;
        if (in_string) {
          if (escaped) escaped = false;
          else if (byte === BYTE.backslash) escaped = true;
          else if (byte === BYTE.quote) {
            in_string = false;
            if (depth === 1) is_list = matched === LIST.length;
            continue;
          }
          if (matched >= 0) matched = byte === LIST[matched] ? matched + 1 : -1;
        } else if (byte === BYTE.quote) {
          if (depth === 0 || (depth === 2 && in_list)) checkBetween(byte);
          if (depth === 1 && is_list) throw wrong('resourceSpans is no list');
          in_string = true;
          matched = depth === 1 ? 0 : -1;
        } else if (byte === BYTE.brace || byte === BYTE.bracket) {
          if (open(byte)) start = at;
        } else if (byte === BYTE.brace_end || byte === BYTE.bracket_end) {
          depth -= 1;
          if (depth < 0) throw wrong('an OTLP request in JSON begins with {');
          if (depth === 2 && in_list) {
            hold(chunk.subarray(start, at + 1));
            pieces.push(...finish());
            start = -1;
          } else if (depth === 1) {
            in_list = false;
            is_list = false;
          } else if (depth === 0) endRequest();
        } else if (depth === 0 || (depth === 2 && in_list)) checkBetween(byte);
        else if (depth === 1 && is_list && isScalar(byte)) throw wrong('resourceSpans is no list');
      }
      if (start >= 0) hold(chunk.subarray(start));
      return pieces;
    },
    end() {
      if (depth > 0 || in_string) throw wrong('the file ends inside of a request');
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

interface Scope {
  spans?: unknown[];
}
interface Resource {
  scopeSpans?: Scope[];
}

/** One long ResourceSpans as several with the same resource and scopes and some of the spans each. */
const splitSpans = ({ bytes, line }: Piece, wrong: (what: string) => AppError): Piece[] => {
  let resource: Resource;
  try {
    resource = JSON.parse(bytes.toString('utf8')) as Resource;
  } catch {
    throw wrong('a ResourceSpans is no JSON');
  }
  const scopes = resource.scopeSpans;
  if (!Array.isArray(scopes)) throw wrong('scopeSpans is no list');
  const count = scopes.reduce((sum, { spans }) => sum + (spans?.length ?? 0), 0);
  const each = Math.max(1, Math.floor((count * SPLIT_BYTES) / bytes.length));
  return scopes.flatMap((scope) => {
    const { spans = [] } = scope;
    return Array.from({ length: Math.ceil(spans.length / each) }, (_, i): Piece => {
      const some = { ...scope, spans: spans.slice(i * each, (i + 1) * each) };
      return { bytes: Buffer.from(JSON.stringify({ ...resource, scopeSpans: [some] })), line };
    });
  });
};
