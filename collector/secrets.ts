// Finding credentials in text: by the key that names them, by their shape, and inside URL and base64 encoding.
import { isPermissionName } from './permission-names.ts';
import { SECRET_SHAPES, type SecretShape } from './secret-shapes.ts';

export { SECRET_SHAPES, type SecretShape };

/** A piece of a text: its first character and the one behind its last. */
export type Range = readonly [start: number, end: number];

/**
 * Last words of an attribute's key whose value is a credential. Counts (`input_tokens`), token types and
 * ids are not.
 */
export const SECRET_KEY =
  /(^|[._-])(password|passwd|passphrase|pwd|secret|client[._-]?secret|api[._-]?key|access[._-]?key|secret[._-]?(access[._-]?)?key|(private|signing|encryption|subscription|account)[._-]?key|([a-z]{2,10}[._-]?)?token|([a-z]{2,10}[._-])?authorization|jwt|otp|(set[._-]?)?cookie|credentials?|connection[._-]?string|dsn)(\.\d{1,4})?$/i;

/** Prompts, answers, arguments and results, by every convention that is read; roles and names in them are not. */
const CONTENT_KEY =
  /^(gen_ai\.(input|output)\.messages|gen_ai\.(prompt|completion|system_instructions)(\..*)?|gen_ai\.(tool\.call\.(arguments|result)|tool\.message|(system|user|assistant)\.message|choice|event\.content|retrieval\.(query\.text|documents))|ai\.(prompt|prompt\.messages|values?|result\..*|response\.(text|object|toolCalls|reasoning|reasoningText|files))|ai\.toolCall\.(args|result)|(input|output)\.value|llm\.(input|output)_messages\..*|llm\.(prompts?|completions?)(\..*)?|llm\.(prompt_template\.variables|function_call)|tool\.parameters|(tool_call\.)?function\.arguments|traceloop\.entity\.(input|output)|langfuse\.(observation|trace)\.(input|output)|mcp\.(request|response)\.(arguments?|params|content|value|result)(\..*)?|retrieval\.documents\..*|(message\.)?content)$/;
const CONTENT_NAME = /\.(role|name|id|finish_reason|type)$/;

/** A credential that somebody named already: a fingerprint and nothing else but a mask, a bracket or a stop. */
const FINGERPRINT = /^\[?fp_[0-9a-f]{32}(?:\*+|[^0-9a-zA-Z]{0,2})$/;

/** Encodings inside one another that are looked through: base64 in a URL in JSON, and no deeper. */
const ENCODING_DEPTH_MAX = 3;
/** The longest word that tells of a value behind it: one that stands at the end of another value is found as well. */
const NAME_CHARS_MAX = 32;
/** Base64 digits that may hide a credential; the shortest shapes take 20 characters. */
const BASE64_RUN = /[A-Za-z0-9+/_-]{20,}={0,2}/g;
/** Decoded bytes that must be printable before a run counts as text: ids and hashes fail at the first few. */
const BASE64_PROOF_BYTES = 12;
/** Places in one run from which it is decoded: each costs its whole length. */
const BASE64_STARTS_MAX = 4;

/** Whether the value under this key is a credential whatever it looks like. */
export const isSecretKey = (key: string): boolean =>
  SECRET_KEY.test(key.replace(/([a-z0-9])([A-Z])/g, '$1_$2'));

/** Whether the value under this key is what people and models said, or what tools were given and answered. */
export const isContentKey = (key: string): boolean =>
  CONTENT_KEY.test(key) && !CONTENT_NAME.test(key);

/** Whether a value is a fingerprint and so may stay under a key that names a credential. */
export const isFingerprint = (value: string): boolean => FINGERPRINT.test(value);

/** The text with each credential in it replaced by what `replacement` makes of it. */
export const replaceSecrets = (text: string, replacement: (secret: string) => string): string => {
  let clean = '';
  let at = 0;
  for (const [start, end] of secretRanges(text)) {
    clean += text.slice(at, start) + replacement(text.slice(start, end));
    at = end;
  }
  return at === 0 ? text : clean + text.slice(at);
};

/** What a caller knows of a text already. */
export interface Known {
  /** The shapes whose anchors it holds. */
  shapes?: readonly SecretShape[];
  /** False where it holds neither %XX nor base64 that may be text. */
  encoded?: boolean;
  depth?: number;
}

/** Where credentials stand in a text, in order and apart. */
export const secretRanges = (
  text: string,
  { shapes = shapesIn(text), encoded = true, depth = 0 }: Known = {},
): Range[] => {
  const found: Range[] = [];
  for (const { kind, pattern } of shapes) {
    // `password:reset` names what may be done with passwords.
    if (kind.startsWith('assigned_') && depth === 0 && isPermissionName(text)) continue;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
      const start = match.index + (match[1]?.length ?? 0);
      const end = match.index + match[0].length;
      if (!FINGERPRINT.test(text.slice(start, end))) found.push([start, end]);
      // `secret = a/secret = b`: the first value takes in the second name, so that is looked for once more.
      pattern.lastIndex = Math.max(start, match.index + 1, end - NAME_CHARS_MAX);
    }
  }
  if (encoded && depth < ENCODING_DEPTH_MAX) {
    found.push(...inPercent(text, depth), ...inBase64(text, depth));
  }
  return merged(found);
};

const shapesIn = (text: string): SecretShape[] => {
  const lower = text.toLowerCase();
  return SECRET_SHAPES.filter(({ anchors }) => anchors.some((anchor) => lower.includes(anchor)));
};

/** Credentials that show once %XX is decoded; each place of the decoded text is remembered in the encoded one. */
const inPercent = (text: string, depth: number): Range[] => {
  if (!/%[0-9a-f]{2}/i.test(text)) return [];
  let decoded = '';
  const places: number[] = [];
  for (let i = 0; i < text.length; i++) {
    places.push(i);
    const code = text[i] === '%' ? /^[0-9a-f]{2}/i.exec(text.slice(i + 1, i + 3)) : null;
    decoded += code === null ? (text[i] ?? '') : String.fromCharCode(parseInt(code[0], 16));
    if (code !== null) i += 2;
  }
  places.push(text.length);
  return secretRanges(lettersFor(decoded), { depth: depth + 1 }).map(([start, end]): Range => [
    places[start] ?? 0,
    places[end] ?? text.length,
  ]);
};

/** Base64 that decodes to text with a credential in it is taken whole. */
const inBase64 = (text: string, depth: number): Range[] => {
  const found: Range[] = [];
  for (const match of text.matchAll(BASE64_RUN)) {
    const end = match.index + match[0].length;
    let decodings = 0;
    for (let start = match.index; start < end && decodings < BASE64_STARTS_MAX; start++) {
      // A run may begin behind a word of the same alphabet: a path, or a name with a dash.
      if (start > match.index && /[A-Za-z0-9]/.test(text[start - 1] ?? '')) continue;
      const decoded = base64Text(text.slice(start, end));
      if (decoded === '') continue;
      decodings += 1;
      if (secretRanges(decoded, { depth: depth + 1 }).length === 0) continue;
      found.push([start, end]);
      break;
    }
  }
  return found;
};

/** What base64, plain or URL-safe, decodes to, '' where that does not begin as text. */
const base64Text = (run: string): string => {
  const first = Buffer.from(run.slice(0, BASE64_PROOF_BYTES * 2), 'base64').subarray(
    0,
    BASE64_PROOF_BYTES,
  );
  if (first.length < BASE64_PROOF_BYTES || first.some((byte) => !isPrintable(byte))) return '';
  return lettersFor(Buffer.from(run, 'base64').toString('latin1'));
};

/** Text of bytes with a letter for each byte beyond ASCII, so that none is taken for a blank. */
export const lettersFor = (latin1: string): string => latin1.replace(/[\x80-\xff]/g, 'Ā');

const isPrintable = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || byte === 0x09 || byte === 0x0a || byte === 0x0d;

const merged = (ranges: readonly Range[]): Range[] => {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const apart: Range[] = [];
  for (const [start, end] of sorted) {
    const last = apart.at(-1);
    if (last === undefined || start > last[1]) apart.push([start, end]);
    else if (end > last[1]) apart[apart.length - 1] = [last[0], end];
  }
  return apart;
};
