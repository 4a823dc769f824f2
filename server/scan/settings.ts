// What the settings of MCP clients and of Claude Code grant: rules, servers and modes, without a value of theirs.
import { basename } from 'node:path';
import { sayable } from './sayable.ts';
import { hostOf } from './transcript.ts';

/** A client of MCP servers, by the name under which it is shown. */
export type Client = 'claude-code' | 'claude-desktop' | 'cursor' | 'vscode' | 'codex' | 'mcp';

/** A server that a client may start or call; names alone of what its settings hold. */
export interface Server {
  name: string;
  transport: 'stdio' | 'http';
  /** The program that is started, or the host that is called. */
  runs: string;
  /** Names of variables and headers that its settings carry. */
  carries: string[];
  disabled: boolean;
  /** Tools that run without being asked for; `*` for all. */
  auto_approved: string[];
}

export type List = 'allow' | 'ask' | 'deny';
export type Lists = Record<List, string[]>;

/** One file's grants, to one client, in one project or in all of them. */
export interface Grants {
  path: string;
  client: Client;
  /** Null where they hold in all projects of this user. */
  project: string | null;
  lists: Lists;
  servers: Server[];
  /** Settings that open more than any rule, in words. */
  modes: string[];
}

type Json = Record<string, unknown>;
const isRecord = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const record = (value: unknown): Json => (isRecord(value) ? value : {});
const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];

const NOTHING = (): Lists => ({ allow: [], ask: [], deny: [] });

const serverOf = ([name, told]: [string, unknown]): Server => {
  const server = record(told);
  const { command, url, serverUrl } = server;
  const address = [url, serverUrl].find((one): one is string => typeof one === 'string');
  const program = typeof command === 'string' ? (command.trim().split(/\s+/)[0] ?? '') : '';
  return {
    name: sayable(name),
    transport: address === undefined ? 'stdio' : 'http',
    runs: sayable(
      address === undefined ? basename(program) : (hostOf(address) ?? 'an odd address'),
    ),
    carries: [...Object.keys(record(server['env'])), ...Object.keys(record(server['headers']))].map(
      sayable,
    ),
    disabled: server['disabled'] === true || server['enabled'] === false,
    auto_approved: [...texts(server['alwaysAllow']), ...texts(server['autoApprove'])].map(sayable),
  };
};

/** `mcpServers` of most clients, `servers` of VS Code. */
const serversOf = (value: Json): Server[] =>
  Object.entries({ ...record(value['servers']), ...record(value['mcpServers']) }).map(serverOf);

const modesOf = (value: Json): string[] => {
  const permissions = record(value['permissions']);
  const mode = permissions['defaultMode'];
  const folders = texts(permissions['additionalDirectories']);
  return [
    ...(mode === 'bypassPermissions'
      ? ['defaultMode bypassPermissions: everything is allowed']
      : []),
    ...(mode === 'acceptEdits' || mode === 'dontAsk' || mode === 'auto'
      ? [`defaultMode ${mode}`]
      : []),
    ...(value['enableAllProjectMcpServers'] === true
      ? ['enableAllProjectMcpServers: every server of any project starts']
      : []),
    ...folders.map((folder) => `additional folder ${sayable(folder)}`),
  ];
};

/** Grants of one file; ~/.claude.json holds those of many projects beside those of all. */
export const grantsIn = (
  path: string,
  value: unknown,
  client: Client,
  project: string | null,
): Grants[] => {
  const root = record(value);
  const permissions = record(root['permissions']);
  const own: Grants = {
    path,
    client,
    project,
    lists: {
      allow: texts(permissions['allow']),
      ask: texts(permissions['ask']),
      deny: texts(permissions['deny']),
    },
    servers: serversOf(root),
    modes: modesOf(root),
  };
  const projects = Object.entries(record(root['projects'])).map(([folder, told]): Grants => {
    const allow = texts(record(told)['allowedTools']);
    const servers = serversOf(record(told));
    return { path, client, project: folder, lists: { ...NOTHING(), allow }, servers, modes: [] };
  });
  return [own, ...projects].filter(
    ({ lists, servers, modes }) =>
      Object.values(lists).flat().length + servers.length + modes.length > 0,
  );
};

/** Whether a JSON file that nobody knows by its name is one of these, by its keys. */
export const looksLikeSettings = (value: unknown): boolean =>
  ['permissions', 'mcpServers', 'servers', 'projects'].some((key) => isRecord(record(value)[key]));
