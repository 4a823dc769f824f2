// Tools that a model was offered, from their definitions in JSON; the same text is parsed once.
import { hash } from 'node:crypto';

/** Longer definitions are not read: the list is then unknown. */
const MAX_DEFINITIONS_BYTES = 1 << 20;

/** Definitions remembered by their text; a fleet has some dozens of lists, or hundreds of single tools. */
const MAX_REMEMBERED = 2048;
const MAX_REMEMBERED_BYTES = 32 << 20;

/** Bytes that are looked at to tell texts apart before they are compared in full. */
const SAMPLES = 48;

/** Hex digits of a definition's hash: it tells the definitions of one agent's tools apart. */
const DEFINITION_DIGITS = 16;

/** No schema nests as deep; a hostile one must not exhaust the stack. */
const MAX_DEPTH = 64;

/** A tool that was offered. */
export interface OfferedTool {
  name: string;
  /** Hash of its definition, whatever the order of its fields; null where only the name was told. */
  definition: string | null;
}

/** Tools in a text of definitions, null where it cannot be read. */
export type ReadTools = (
  bytes: Buffer,
  offset: number,
  length: number,
) => readonly OfferedTool[] | null;

interface Remembered {
  text: Buffer;
  tools: readonly OfferedTool[] | null;
}

/** A reader of definitions with a bounded memory, the oldest forgotten first. */
export const createToolReader = (): ReadTools => {
  const known = new Map<number, Remembered>();
  let size = 0;
  return (bytes, offset, length) => {
    if (length > MAX_DEFINITIONS_BYTES) return null;
    const sample = sampleHash(bytes, offset, length);
    const found = known.get(sample);
    if (found !== undefined && found.text.compare(bytes, offset, offset + length) === 0) {
      return found.tools;
    }
    const text = Buffer.from(bytes.subarray(offset, offset + length));
    const tools = readDefinitions(text.toString('utf8'));
    if (found !== undefined) {
      known.delete(sample);
      size -= found.text.length;
    }
    known.set(sample, { text, tools });
    size += length;
    for (const [oldest, { text: dropped }] of known) {
      if (known.size <= MAX_REMEMBERED && size <= MAX_REMEMBERED_BYTES) break;
      known.delete(oldest);
      size -= dropped.length;
    }
    return tools;
  };
};

/**
 * Tools in one definition or a list of them, as OpenAI, Anthropic, Bedrock, MCP and the AI SDK write tools.
 * Null where the text is not JSON or one tool has no name: a list known in part would make its rest look ungranted.
 */
const readDefinitions = (text: string): readonly OfferedTool[] | null => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const definitions: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const tools: OfferedTool[] = [];
  for (const definition of definitions) {
    const tool = toolOf(definition);
    if (tool === null) return null;
    tools.push(tool);
  }
  return tools;
};

const toolOf = (definition: unknown): OfferedTool | null => {
  if (typeof definition === 'string') {
    if (definition.startsWith('{')) return readDefinitions(definition)?.[0] ?? null;
    return definition === '' ? null : { name: definition, definition: null };
  }
  const name = isObject(definition) ? nameOf(definition) : null;
  if (name === null) return null;
  const text = JSON.stringify(inOrder(definition));
  return { name, definition: hash('sha256', text, 'hex').slice(0, DEFINITION_DIGITS) };
};

/** The same value with the fields of every object by their names; what lies too deep is left out. */
const inOrder = (value: unknown, depth = 0): unknown => {
  if (depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => inOrder(item, depth + 1));
  if (!isObject(value)) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, inOrder(value[name], depth + 1)]));
};

const nameOf = (definition: Record<string, unknown>): string | null => {
  for (const holder of [definition, definition['function'], definition['toolSpec']]) {
    const name = isObject(holder) ? holder['name'] : null;
    if (typeof name === 'string' && name !== '') return name;
  }
  // A provider's built-in tool, such as { "type": "web_search" }, is known by its type alone.
  const type = definition['type'];
  return typeof type === 'string' && type !== 'function' && type !== '' ? type : null;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const sampleHash = (bytes: Uint8Array, offset: number, length: number): number => {
  const step = Math.max(1, Math.floor(length / SAMPLES));
  let hash = Math.imul(0x811c9dc5 ^ length, 0x01000193);
  for (let i = 0; i < length; i += step) {
    hash = Math.imul(hash ^ (bytes[offset + i] as number), 0x01000193);
  }
  return hash;
};
