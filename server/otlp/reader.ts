// The door of the decoders: one reader for a list of attribute keys, protobuf and JSON alike.
import type { Decoded } from './batch.ts';
import { decodeJson, parseJson } from './json.ts';
import { createKeys } from './keys.ts';
import { OBJECTS_MAX } from './limits.ts';
import { createWireReader } from './wire.ts';

/** Decodes ExportTraceServiceRequest (opentelemetry-proto 1.11) into columns. */
export interface Reader {
  /** The listed keys, in the order that `Attributes.key` counts. */
  keys: readonly string[];
  /**
   * The batch's `bytes` are the given ones, or begin with a copy of them: those given are changed in place where a string is no valid
   * UTF-8 and where a span is rejected (it is blanked, so that it is rejected again on replay and
   * nothing of it is kept). Throws AppError `bad_request`.
   */
  protobuf(bytes: Uint8Array): Decoded;
  /** The columns of a body that was taken before, however many objects it has. Throws AppError `bad_request`. */
  json(bytes: Uint8Array): Decoded;
  /** A JSON body as plain values, at most 64 levels deep and of `OBJECTS_MAX` objects and lists. Throws AppError `bad_request`. */
  parse(bytes: Uint8Array): unknown;
  /** Columns from a parsed body, in which rejected spans are replaced by `{}`. Throws AppError `bad_request`. */
  fromDocument(document: unknown): Decoded;
}

/** A key may hold one `*` that stands for a decimal number, kept as the attribute's ordinal. */
export const createReader = ({ keys }: { keys: readonly string[] }): Reader => {
  const found = createKeys(keys);
  const protobuf = createWireReader(found);
  const fromDocument = (document: unknown): Decoded => decodeJson(document, found);
  return {
    keys,
    protobuf,
    fromDocument,
    parse: (bytes) => parseJson(bytes, OBJECTS_MAX),
    json: (bytes) => fromDocument(parseJson(bytes, Number.POSITIVE_INFINITY)),
  };
};
