// Logs in protobuf as plain values: an ExportLogsServiceRequest (opentelemetry-proto 1.11) in OTLP's JSON encoding, as far as it is read here.
import {
  type Cursor,
  readInt64,
  readLength,
  readTag,
  readVarint,
  skipBytes,
  skipField,
} from './cursor.ts';
import type { JsonObject } from './json-value.ts';
import { JSON_DEPTH_MAX, OBJECTS_MAX } from './limits.ts';
import { malformed, tooManyObjects } from './malformed.ts';
import { makeUtf8 } from './utf8.ts';

type Scalar = 'text' | 'hex' | 'nanoseconds' | 'bool' | 'int' | 'double';

interface Field {
  name: string;
  is: Scalar | (() => Message);
  many?: boolean;
}

/** Fields by their tag: number × 8 + wire type. What is not listed is passed over, nested maps and bytes among it. */
type Message = Readonly<Record<number, Field>>;

const ANY_VALUE: Message = {
  10: { name: 'stringValue', is: 'text' },
  16: { name: 'boolValue', is: 'bool' },
  24: { name: 'intValue', is: 'int' },
  33: { name: 'doubleValue', is: 'double' },
  42: { name: 'arrayValue', is: () => ARRAY_VALUE },
};
const ARRAY_VALUE: Message = { 10: { name: 'values', is: () => ANY_VALUE, many: true } };
const KEY_VALUE: Message = {
  10: { name: 'key', is: 'text' },
  18: { name: 'value', is: () => ANY_VALUE },
};
const LOG_RECORD: Message = {
  9: { name: 'timeUnixNano', is: 'nanoseconds' },
  89: { name: 'observedTimeUnixNano', is: 'nanoseconds' },
  42: { name: 'body', is: () => ANY_VALUE },
  50: { name: 'attributes', is: () => KEY_VALUE, many: true },
  74: { name: 'traceId', is: 'hex' },
  82: { name: 'spanId', is: 'hex' },
  98: { name: 'eventName', is: 'text' },
};
const ATTRIBUTES: Message = { 10: { name: 'attributes', is: () => KEY_VALUE, many: true } };
const SCOPE_LOGS: Message = { 18: { name: 'logRecords', is: () => LOG_RECORD, many: true } };
const RESOURCE_LOGS: Message = {
  10: { name: 'resource', is: () => ATTRIBUTES },
  18: { name: 'scopeLogs', is: () => SCOPE_LOGS, many: true },
};
const REQUEST: Message = { 10: { name: 'resourceLogs', is: () => RESOURCE_LOGS, many: true } };

interface Place extends Cursor {
  /** Messages begun so far. */
  objects: number;
}

/**
 * Text that is no valid UTF-8 is mended in the bytes given. At most `OBJECTS_MAX` messages, 64 levels deep. Throws
 * AppError `bad_request`.
 */
export const decodeLogs = (bytes: Uint8Array): unknown =>
  readMessage({ bytes, at: 0, objects: 0 }, bytes.length, REQUEST, 0);

const readMessage = (cursor: Place, end: number, message: Message, depth: number): JsonObject => {
  if (depth > JSON_DEPTH_MAX) throw malformed('it is nested too deep');
  if (++cursor.objects > OBJECTS_MAX) throw tooManyObjects();
  let values: JsonObject = {};
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    const field = message[tag];
    if (field === undefined) {
      skipField(cursor, tag, end);
      continue;
    }
    const { is, name } = field;
    const value =
      typeof is === 'function'
        ? readMessage(cursor, readLength(cursor, end), is(), depth + 1)
        : readScalar(cursor, end, is);
    // Of several values in one AnyValue the last one counts, as protobuf says of a oneof.
    if (message === ANY_VALUE) values = { [name]: value };
    else if (field.many !== true) values[name] = value;
    else if (Array.isArray(values[name])) values[name].push(value);
    else values[name] = [value];
  }
  return values;
};

const readScalar = (cursor: Cursor, end: number, is: Scalar): unknown => {
  if (is === 'bool') return readVarint(cursor, end) !== 0;
  if (is === 'int') return String(readInt64(cursor, end));
  if (is === 'text' || is === 'hex') {
    const to = readLength(cursor, end);
    const from = cursor.at;
    cursor.at = to;
    if (is === 'text') makeUtf8(cursor.bytes, from, to);
    const { buffer, byteOffset } = cursor.bytes;
    return Buffer.from(buffer, byteOffset + from, to - from).toString(
      is === 'hex' ? 'hex' : 'utf8',
    );
  }
  const from = skipBytes(cursor, 8, end);
  const view = new DataView(cursor.bytes.buffer, cursor.bytes.byteOffset + from, 8);
  return is === 'double' ? view.getFloat64(0, true) : view.getBigUint64(0, true).toString();
};
