// Cutting what is too long to keep: a value says how long it was, and a protobuf message keeps its length.
import { type Cursor, readLength, readTag, skipField } from '../otlp/cursor.ts';
import { TOOL_DEFINITIONS_BYTES_MAX, VALUE_BYTES_MAX } from './limits.ts';

/** Keys of tool definitions, by every convention that is read. */
const TOOL_DEFINITIONS =
  /^(?:gen_ai\.tool\.definitions|ai\.prompt\.tools|llm\.tools\.\d{1,9}\.tool\.json_schema|llm\.request\.functions\.\d{1,9}\.name)$/;

/** Room for the mark, which stands behind what is kept. */
const MARK_BYTES_MAX = 40;
const markOf = (length: number): string => `… [cut from ${String(length)} bytes]`;

/** Field 1000 with a length: no message of OTLP has it, so that readers pass over what stands in it. */
const PADDING_TAG = [0xc2, 0x3e];
/** A varint of a fixed width, so that its own length is known before; 2^28 is more than a body has. */
const PADDING_LENGTH_BYTES = 4;
/** Field × 8 + wire type of a KeyValue's key. */
const KEY = 10;

/** Bytes that the value under a key may have. */
export const longestValue = (key: string): number =>
  TOOL_DEFINITIONS.test(key) ? TOOL_DEFINITIONS_BYTES_MAX : VALUE_BYTES_MAX;

/** The same for the KeyValue in bytes[start..end). */
export const longestValueOf = (bytes: Uint8Array, start: number, end: number): number => {
  if (end - start <= VALUE_BYTES_MAX) return VALUE_BYTES_MAX;
  const cursor: Cursor = { bytes, at: start };
  let key = '';
  while (cursor.at < end) {
    const tag = readTag(cursor, end);
    if (tag !== KEY) {
      skipField(cursor, tag, end);
      continue;
    }
    const keyEnd = readLength(cursor, end);
    key = Buffer.from(bytes.buffer, bytes.byteOffset + cursor.at, keyEnd - cursor.at).toString();
    cursor.at = keyEnd;
  }
  return longestValue(key);
};

/** The text, cut to `longest` bytes of UTF-8 where it has more. */
export const cutText = (text: string, longest: number): string => {
  // A UTF-16 unit is at most three bytes.
  if (text.length * 3 <= longest) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= longest) return text;
  return bytes.toString('utf8', 0, keptOf(bytes, 0, longest)) + markOf(bytes.length);
};

/** The same for bytes that are no text. */
export const cutBytes = (bytes: Buffer, longest: number): Buffer =>
  bytes.length <= longest
    ? bytes
    : Buffer.concat([
        bytes.subarray(0, longest - MARK_BYTES_MAX),
        Buffer.from(markOf(bytes.length)),
      ]);

/**
 * Cuts the length-delimited field whose tag stands at `field` and whose content is bytes[start..end) to
 * `longest` bytes; what is left over becomes a field that nobody reads, so that everything around it stays.
 */
export const cutField = (
  bytes: Uint8Array,
  { field, start, end, longest }: { field: number; start: number; end: number; longest: number },
): void => {
  const mark = Buffer.from(markOf(end - start));
  const kept = keptOf(bytes, start, longest);
  let at = field;
  while ((bytes[at] as number) >= 0x80) at += 1;
  const length = varint(kept + mark.length);
  const content = at + 1 + length.length;
  bytes.copyWithin(content, start, start + kept);
  bytes.set(length, at + 1);
  bytes.set(mark, content + kept);
  at = content + kept + mark.length;
  bytes.set(PADDING_TAG, at);
  at += PADDING_TAG.length;
  const padding = end - at - PADDING_LENGTH_BYTES;
  for (let i = 0; i < PADDING_LENGTH_BYTES; i++) {
    const more = i < PADDING_LENGTH_BYTES - 1 ? 0x80 : 0;
    bytes[at + i] = ((padding >> (7 * i)) & 0x7f) | more;
  }
  bytes.fill(0, at + PADDING_LENGTH_BYTES, end);
};

/** How many bytes stay in front of the mark, whole characters of UTF-8. */
const keptOf = (bytes: Uint8Array, start: number, longest: number): number => {
  let kept = longest - MARK_BYTES_MAX;
  for (let back = 0; back < 3 && ((bytes[start + kept] as number) & 0xc0) === 0x80; back++)
    kept -= 1;
  return kept;
};

const varint = (value: number): number[] => {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>= 7) bytes.push((rest & 0x7f) | 0x80);
  return [...bytes, rest];
};
