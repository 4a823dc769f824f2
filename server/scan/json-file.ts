// A settings file as JSON, comments and trailing commas allowed (VS Code and Cursor write them).
import { open } from 'node:fs/promises';

/** ~/.claude.json grows with every project; no settings file is larger than this. */
const FILE_BYTES_MAX = 64 * 1024 * 1024;

/** A file that could not be used, and why, in words that a person can act on. */
export interface Problem {
  path: string;
  problem: string;
}

/** The value in the file, or what is wrong with it; null where there is no such file. */
export const readJsonFile = async (path: string): Promise<{ value: unknown } | Problem | null> => {
  let text: string;
  try {
    const handle = await open(path, 'r');
    try {
      const { size } = await handle.stat();
      if (size > FILE_BYTES_MAX) return { path, problem: `is larger than ${FILE_BYTES_MAX} bytes` };
      text = await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    return { path, problem: reasonOf(error) };
  }
  try {
    return { value: JSON.parse(withoutComments(text.replace(/^\ufeff/, ''))) as unknown };
  } catch (error) {
    return { path, problem: `is not JSON (${placeOf(error, text)})` };
  }
};

export const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EISDIR: 'is a folder, not a file',
  ELOOP: 'is a symbolic link that leads to itself',
  ENOENT: 'does not exist',
};

export const reasonOf = (error: unknown): string => {
  const code = codeOf(error);
  return REASONS[code] ?? `cannot be read (${code === '' ? 'unknown fault' : code})`;
};

/** The line of a syntax error; V8's own message quotes the text around it, which may hold a secret. */
const placeOf = (error: unknown, text: string): string => {
  const position = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  if (position === undefined) return 'it ends too early, or holds a stray character';
  return `line ${text.slice(0, Number(position)).split('\n').length}`;
};

/** Blanks line comments, block comments and trailing commas outside strings; all else keeps its place. */
const withoutComments = (text: string): string =>
  text
    .replace(/"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g, (found) =>
      found.startsWith('"') ? found : found.replace(/[^\n]/g, ' '),
    )
    .replace(/"(?:[^"\\\n]|\\.)*"|,(?=\s*[}\]])/g, (found) =>
      found.startsWith('"') ? found : ' ',
    );
