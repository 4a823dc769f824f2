// Which files there are to read: the clients' own places, or what the given paths hold.
import { opendir, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Problem } from './json-file.ts';
import { codeOf, reasonOf } from './json-file.ts';
import type { Client } from './settings.ts';

/** Deeper than any project keeps its settings or a client its transcripts. */
const DEPTH_MAX = 12;
/** Folders that hold no settings of this machine's clients and would take long. */
const PASSED_OVER = new Set([
  'node_modules',
  '.git',
  '.venv',
  'dist',
  'target',
  'Library',
  'Caches',
]);
/** A person's transcripts of some years; beyond it the rest is told as left out. */
const FILES_MAX = 200_000;

export interface SettingsFile {
  path: string;
  client: Client;
  project: string | null;
}

export interface Found {
  settings: SettingsFile[];
  transcripts: { path: string; bytes: number }[];
  problems: Problem[];
}

/** Settings that stand in a project's folder, relative to it. */
export const PROJECT_FILES: readonly [file: string, client: Client][] = [
  ['.claude/settings.json', 'claude-code'],
  ['.claude/settings.local.json', 'claude-code'],
  ['.mcp.json', 'claude-code'],
  ['.cursor/mcp.json', 'cursor'],
  ['.vscode/mcp.json', 'vscode'],
];

/** Settings that stand in a person's home folder and hold everywhere, by system. */
const HOME_FILES: readonly [file: string, client: Client][] = [
  ['.claude/settings.json', 'claude-code'],
  ['.claude/settings.local.json', 'claude-code'],
  ['.claude.json', 'claude-code'],
  ['.config/Claude/claude_desktop_config.json', 'claude-desktop'],
  ['Library/Application Support/Claude/claude_desktop_config.json', 'claude-desktop'],
  ['AppData/Roaming/Claude/claude_desktop_config.json', 'claude-desktop'],
  ['.cursor/mcp.json', 'cursor'],
  ['.config/Code/User/mcp.json', 'vscode'],
  ['Library/Application Support/Code/User/mcp.json', 'vscode'],
  ['AppData/Roaming/Code/User/mcp.json', 'vscode'],
];
const MANAGED_FILES = [
  '/etc/claude-code/managed-settings.json',
  '/Library/Application Support/ClaudeCode/managed-settings.json',
];
const HOME_TRANSCRIPTS = ['.claude/projects', '.codex/sessions'];

export const settingsOfHome = (home: string): SettingsFile[] => [
  ...HOME_FILES.map(([file, client]) => ({ path: join(home, file), client, project: null })),
  ...MANAGED_FILES.map((path) => ({ path, client: 'claude-code' as const, project: null })),
];

export const settingsOfProject = (project: string): SettingsFile[] =>
  PROJECT_FILES.map(([file, client]) => ({ path: join(project, file), client, project }));

/** Home's settings and transcripts; what is not there is passed over. */
export const findInHome = async (home: string): Promise<Found> => {
  const found: Found = { settings: settingsOfHome(home), transcripts: [], problems: [] };
  const walk = createWalk(found, home);
  for (const folder of HOME_TRANSCRIPTS) {
    const path = join(home, folder);
    if (await exists(path)) await walk(path, DEPTH_MAX);
  }
  return found;
};

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT',
  );

/** The files among the paths, and those that clients would read in the folders among them. */
export const findIn = async (
  paths: readonly string[],
  cwd: string,
  home: string,
): Promise<Found> => {
  const found: Found = { settings: [], transcripts: [], problems: [] };
  const walk = createWalk(found, home);
  for (const path of paths) await walk(resolve(cwd, path), DEPTH_MAX);
  return found;
};

/** What a file is, by its name and place; null for one that is none of a client's. */
export const settingsNamed = (path: string, home: string): SettingsFile | null => {
  const ofHome = settingsOfHome(home).find((one) => one.path === path);
  if (ofHome !== undefined) return ofHome;
  for (const [file, client] of PROJECT_FILES)
    if (path.endsWith(`/${file}`))
      return { path, client, project: path.slice(0, -file.length - 1) };
  const name = basename(path);
  if (name === '.claude.json' || name === 'managed-settings.json')
    return { path, client: 'claude-code', project: null };
  if (/^settings(\.local)?\.json$/.test(name) && basename(dirname(path)) === '.claude')
    return { path, client: 'claude-code', project: dirname(dirname(path)) };
  return name === 'claude_desktop_config.json'
    ? { path, client: 'claude-desktop', project: null }
    : null;
};

/** Walks files and folders, each once however many links lead to it. */
const createWalk = (found: Found, home: string) => {
  const seen = new Set<string>();
  const walk = async (path: string, depth: number, named = true): Promise<void> => {
    if (seen.size > FILES_MAX) return;
    try {
      const real = await realpath(path);
      if (seen.has(real)) return;
      seen.add(real);
      if (seen.size > FILES_MAX)
        found.problems.push({ path, problem: `is left out: more than ${FILES_MAX} files` });
      const told = await stat(real);
      if (told.isFile()) takeFile(path, told.size, named);
      else if (told.isDirectory()) await walkFolder(path, depth);
      else if (named) found.problems.push({ path, problem: 'is neither a file nor a folder' });
    } catch (error) {
      found.problems.push({ path, problem: reasonOf(error) });
    }
  };
  const walkFolder = async (path: string, depth: number): Promise<void> => {
    if (depth === 0) return;
    const names: string[] = [];
    for await (const entry of await opendir(path)) names.push(entry.name);
    for (const name of names.sort()) {
      const wanted =
        /\.jsonl?$/.test(name) || !/\.[a-z0-9]{1,5}$/i.test(name) || name.startsWith('.');
      if (!PASSED_OVER.has(name) && wanted) await walk(join(path, name), depth - 1, false);
    }
  };
  /** Files given by name are read whatever they are called; those found in a folder must be known. */
  const takeFile = (path: string, bytes: number, named: boolean): void => {
    if (path.endsWith('.jsonl')) {
      found.transcripts.push({ path, bytes });
      return;
    }
    const known = settingsNamed(path, home);
    if (known !== null) found.settings.push(known);
    else if (named) found.settings.push({ path, client: 'mcp', project: null });
  };
  return walk;
};
