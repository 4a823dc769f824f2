// Cuts a request in protobuf into its ResourceSpans as the bytes come: one behind the other they are a request again.
import { AppError } from '../errors.ts';
import type { Piece } from './otlp-file.ts';
import type { Cutter } from './otlp-json.ts';

/** Field 1, length-delimited: the only field of an ExportTraceServiceRequest (opentelemetry-proto 1.11). */
const RESOURCE_SPANS = 10;
/** What the server takes after inflation; one ResourceSpans must fit in it. */
const PIECE_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes of a tag and the longest length that fits the limit. */
const HEAD_BYTES_MAX = 6;

/** `name` is the file's, for messages. */
export const createProtobufCutter = (name: string): Cutter => {
  let held: Buffer[] = [];
  let held_bytes = 0;
  /** Bytes of the piece being gathered, 0 where its length is not known yet. */
  let wanted = 0;
  let part = 1;
  let requests = 0;
  const wrong = (what: string): AppError =>
    new AppError('bad_request', `${name}, part ${String(part)}: ${what}`);

  const measure = (bytes: Buffer): number => {
    if (bytes.length > 0 && bytes[0] !== RESOURCE_SPANS) {
      throw wrong('it is neither OTLP traces in JSON nor in protobuf');
    }
    let length = 0;
    for (let at = 1; at < bytes.length; at++) {
      const byte = bytes[at] as number;
      length += (byte & 0x7f) * 2 ** (7 * (at - 1));
      if (byte < 0x80) {
        if (length > PIECE_BYTES_MAX) {
          throw wrong(`it is larger than ${String(PIECE_BYTES_MAX)} bytes`);
        }
        return at + 1 + length;
      }
      if (at >= HEAD_BYTES_MAX) throw wrong('it is no protobuf');
    }
    return 0;
  };

  return {
    requests: () => requests,
    without_spans: () => 0,
    faults: () => [],
    take(chunk) {
      const pieces: Piece[] = [];
      held.push(chunk);
      held_bytes += chunk.length;
      while (held_bytes > 0) {
        if (wanted === 0) {
          held = [Buffer.concat(held)];
          wanted = measure(held[0] as Buffer);
        }
        if (wanted === 0 || held_bytes < wanted) return pieces;
        const bytes = Buffer.concat(held);
        pieces.push({ bytes: bytes.subarray(0, wanted), line: part });
        held = [bytes.subarray(wanted)];
        held_bytes = bytes.length - wanted;
        wanted = 0;
        part += 1;
      }
      return pieces;
    },
    end() {
      if (held_bytes > 0) throw wrong('the file ends inside of it');
      requests = 1;
      return [];
    },
  };
};
