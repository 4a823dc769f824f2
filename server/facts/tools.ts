// Tools that a model was offered, from their definitions in JSON; the same text is parsed once.

/** Longer definitions are not read: the list is then unknown. */
const MAX_DEFINITIONS_BYTES = 1 << 20;

/** Definitions remembered by their text; a fleet has some dozens of lists, or hundreds of single tools. */
const MAX_REMEMBERED = 2048;
const MAX_REMEMBERED_BYTES = 32 << 20;

/** Bytes that are looked at to tell texts apart before they are compared in full. */
const SAMPLES = 48;

/** Names of tools in a text of definitions, null where it cannot be read. */
export type ReadTools = (bytes: Buffer, offset: number, length: number) => readonly string[] | null;

interface Remembered {
  text: Buffer;
  names: readonly string[] | null;
}

/** A reader of definitions with a bounded memory, the oldest forgotten first. */
export const createToolReader = (): ReadTools => {
  const known = new Map<number, Remembered>();
  let size = 0;
  return (bytes, offset, length) => {
    if (length > MAX_DEFINITIONS_BYTES) return null;
    const hash = sampleHash(bytes, offset, length);
    const found = known.get(hash);
    if (found !== undefined && found.text.compare(bytes, offset, offset + length) === 0) {
      return found.names;
    }
    const text = Buffer.from(bytes.subarray(offset, offset + length));
    const names = toolNames(text.toString('utf8'));
    if (found !== undefined) {
      known.delete(hash);
      size -= found.text.length;
    }
    known.set(hash, { text, names });
    size += length;
    for (const [oldest, { text: dropped }] of known) {
      if (known.size <= MAX_REMEMBERED && size <= MAX_REMEMBERED_BYTES) break;
      known.delete(oldest);
      size -= dropped.length;
    }
    return names;
  };
};

/**
 * Names in one definition or a list of them, as OpenAI, Anthropic, Bedrock, MCP and the AI SDK write tools.
 * Null where the text is not JSON or one tool has no name: a list known in part would make its rest look ungranted.
 */
export const toolNames = (text: string): readonly string[] | null => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return null;
  }
  const definitions: unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const names: string[] = [];
  for (const definition of definitions) {
    const name = toolName(definition);
    if (name === null) return null;
    names.push(name);
  }
  return names;
};

const toolName = (definition: unknown): string | null => {
  if (typeof definition === 'string') {
    return definition.startsWith('{') ? (toolNames(definition)?.[0] ?? null) : definition || null;
  }
  if (!isObject(definition)) return null;
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
