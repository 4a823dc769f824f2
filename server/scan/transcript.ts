// Tool uses in the transcripts of agents, line by line: Claude Code's and Codex' JSON lines, in bounded memory.
import { linesOf } from './lines.ts';

/** Uses whose result has not been read yet; a session has a handful at a time. */
const PENDING_MAX = 256;
/** Of an input only what rules look at is kept, and of that only so much. */
const FIELD_CHARS_MAX = 20_000;
const NAME_CHARS_MAX = 200;
/** A session says where it was begun on one of its first lines. */
const FIRST_LINES = 50;
/** What Claude Code answers the model where a person or a rule has refused a tool. */
const REFUSAL =
  /doesn't want to (proceed|take this action)|permission to use .{1,200} (has been )?denied|haven't granted it|user rejected|denied by your permission settings/i;

/** What a rule may look at. */
export interface UseInput {
  command?: string;
  /** The joined command that `command` is a part of. */
  whole?: string;
  path?: string;
  host?: string;
  agent?: string;
  skill?: string;
}

/** One call of a tool. */
export interface Use {
  client: 'claude-code' | 'codex';
  tool: string;
  input: UseInput;
  session: string;
  /** Where the session was begun. */
  project: string;
  cwd: string;
  /** Milliseconds since 1970. */
  at: number | null;
  id: string | null;
  refused: boolean;
}

export interface ReadTranscript {
  bad_lines: number;
  long_lines: number;
}

type Json = Record<string, unknown>;

const record = (value: unknown): Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
const words = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, FIELD_CHARS_MAX) : undefined;

/** Words without which a line tells of no use; most lines hold none, and are not parsed. */
const TELLING = ['"tool_use"', '"is_error":true', '"is_error": true', '"function_call"'];
const PLACING = ['"cwd"', '"session_meta"'];

const holds = (line: Buffer, needles: readonly string[]): boolean =>
  needles.some((needle) => line.includes(needle));

/**
 * Calls `use` for each tool call of the file, once it is known whether it was refused; `read` is told bytes as they are
 * read. Lines that are no JSON are counted and passed over. Rejects where the file cannot be read.
 */
export const readTranscript = async (
  path: string,
  { use, read = () => undefined }: { use: (use: Use) => void; read?: (bytes: number) => void },
): Promise<ReadTranscript> => {
  const about = { session: '', project: '', cwd: '' };
  const counts: ReadTranscript = { bad_lines: 0, long_lines: 0 };
  const pending = new Map<string, Use>();
  const settle = (id: string, refused: boolean): void => {
    const found = pending.get(id);
    if (found === undefined) return;
    pending.delete(id);
    use({ ...found, refused });
  };
  const take = (found: Use): void => {
    if (found.id === null) return use(found);
    pending.set(found.id, found);
    const [oldest] = pending.keys();
    if (pending.size > PENDING_MAX && oldest !== undefined) settle(oldest, false);
  };
  for await (const line of linesOf(path, read)) {
    if (line === null) {
      counts.long_lines += 1;
      continue;
    }
    const places = about.project === '' && holds(line, PLACING);
    if (!places && !holds(line, TELLING)) continue;
    let entry: Json;
    try {
      entry = record(JSON.parse(line.toString('utf8')));
    } catch {
      counts.bad_lines += 1;
      continue;
    }
    const payload = record(entry['payload']);
    about.session = words(entry['sessionId']) ?? words(payload['id']) ?? about.session;
    about.cwd = words(entry['cwd']) ?? words(payload['cwd']) ?? about.cwd;
    if (about.project === '') about.project = about.cwd;
    for (const found of callsIn(entry, payload, about, path)) take(found);
    for (const [id, refused] of resultsIn(entry)) settle(id, refused);
  }
  for (const id of [...pending.keys()]) settle(id, false);
  return counts;
};

/** Where the session of a transcript was begun, from its first lines; undefined where they do not say. */
export const firstFolder = async (path: string): Promise<string | undefined> => {
  let looked = 0;
  for await (const line of linesOf(path, () => undefined)) {
    looked += 1;
    if (looked > FIRST_LINES) return undefined;
    if (line === null || !holds(line, PLACING)) continue;
    try {
      const entry = record(JSON.parse(line.toString('utf8')));
      const folder = words(entry['cwd']) ?? words(record(entry['payload'])['cwd']);
      if (folder !== undefined) return folder;
    } catch {
      // Counted when the transcript is read as a whole.
    }
  }
  return undefined;
};

interface About {
  session: string;
  project: string;
  cwd: string;
}

const callsIn = (entry: Json, payload: Json, about: About, path: string): Use[] => {
  const told = Date.parse(words(entry['timestamp']) ?? '');
  const common = {
    ...about,
    session: about.session === '' ? path : about.session,
    at: Number.isFinite(told) ? told : null,
    refused: false,
  };
  if (payload['type'] === 'function_call') {
    const tool = nameOf(payload['name']);
    if (tool === undefined) return [];
    const call = codexCall(tool, payload['arguments']);
    return [{ ...common, client: 'codex', id: words(payload['call_id']) ?? null, ...call }];
  }
  return items(record(entry['message'])['content']).flatMap((item): Use[] => {
    const tool = item['type'] === 'tool_use' ? nameOf(item['name']) : undefined;
    if (tool === undefined) return [];
    const id = words(item['id']) ?? null;
    return [{ ...common, client: 'claude-code', tool, id, input: inputOf(record(item['input'])) }];
  });
};

/** Tools have short names; a longer text is none. */
const nameOf = (value: unknown): string | undefined => words(value)?.slice(0, NAME_CHARS_MAX);

const items = (value: unknown): Json[] => (Array.isArray(value) ? value.map(record) : []);

const inputOf = (input: Json): UseInput => {
  const skill = words(input['skill']) ?? words(input['command']);
  const told: { [K in keyof UseInput]: UseInput[K] | undefined } = {
    command: words(input['command']),
    path: words(input['file_path']) ?? words(input['notebook_path']) ?? words(input['path']),
    host: hostOf(words(input['url'])),
    agent: words(input['subagent_type']),
    skill,
  };
  return Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
};

export const hostOf = (url: string | undefined): string | undefined =>
  url !== undefined && URL.canParse(url) ? new URL(url).hostname : undefined;

/** Codex runs commands as `["bash", "-lc", "…"]` or as one text, and names all of that `shell` or `exec_command`. */
const codexCall = (name: string, text: unknown): { tool: string; input: UseInput } => {
  if (!['shell', 'exec_command', 'local_shell', 'container.exec'].includes(name))
    return { tool: name, input: {} };
  let told: Json = {};
  try {
    told = record(JSON.parse(words(text) ?? ''));
  } catch {
    // Cut or no JSON: that a command was run is known, which one is not.
  }
  const list: unknown = told['command'] ?? told['cmd'];
  const command = Array.isArray(list)
    ? list.length === 3 && /^-l?c$/.test(String(list[1]))
      ? words(list[2])
      : words(list.join(' '))
    : words(list);
  return { tool: 'Bash', input: command === undefined ? {} : { command } };
};

const resultsIn = (entry: Json): [id: string, refused: boolean][] =>
  items(record(entry['message'])['content']).flatMap((item): [string, boolean][] => {
    const id = item['type'] === 'tool_result' ? words(item['tool_use_id']) : undefined;
    if (id === undefined) return [];
    const content = item['content'];
    const text = words(content) ?? words(items(content)[0]?.['text']) ?? '';
    return [[id, item['is_error'] === true && REFUSAL.test(text)]];
  });
