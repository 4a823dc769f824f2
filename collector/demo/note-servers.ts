// The real MCP servers `filesystem` and `memory` over stdio, in a folder of their own, and their tools.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

export interface OfferedTool {
  server: 'filesystem' | 'memory';
  name: string;
  description: string;
  inputSchema: object;
  readOnly: boolean;
  call: (input: Record<string, unknown>) => Promise<Answer>;
}

/** The part of an MCP result that the agents read. */
export interface Answer {
  isError?: boolean;
  content: { type: string; text?: string }[];
}

export interface Servers {
  /** The one folder that the filesystem server may touch. */
  folder: string;
  tools: OfferedTool[];
  close: () => Promise<void>;
}

const NOTES = {
  'monday.md': '# Monday\nThe printer on floor 3 is out of paper.\n',
  'tuesday.md': '# Tuesday\nAda joins the platform team.\n',
};

const connect = async (
  server: OfferedTool['server'],
  args: string[],
  env: Record<string, string>,
): Promise<{ client: Client; tools: OfferedTool[] }> => {
  const packageFile = require.resolve(`@modelcontextprotocol/server-${server}/package.json`);
  const client = new Client({ name: 'footprint-demo', version: '0.0.0' });
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [join(dirname(packageFile), 'dist', 'index.js'), ...args],
      env: { ...env, PATH: process.env['PATH'] ?? '' },
      stderr: 'ignore',
    }),
  );
  const listed = await client.listTools();
  const tools = listed.tools.map((tool) => ({
    server,
    name: tool.name,
    description: tool.description ?? '',
    inputSchema: tool.inputSchema,
    readOnly: tool.annotations?.readOnlyHint === true,
    call: async (input: Record<string, unknown>) =>
      (await client.callTool({ name: tool.name, arguments: input })) as Answer,
  }));
  return { client, tools };
};

/** Starts both servers over a fresh folder of notes; `close` stops them and removes it. */
export const startServers = async (): Promise<Servers> => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'footprint-demo-')));
  const memory = await realpath(await mkdtemp(join(tmpdir(), 'footprint-demo-')));
  for (const [name, text] of Object.entries(NOTES)) await writeFile(join(folder, name), text);
  const connected = await Promise.all([
    connect('filesystem', [folder], {}),
    connect('memory', [], { MEMORY_FILE_PATH: join(memory, 'memory.jsonl') }),
  ]);
  return {
    folder,
    tools: connected.flatMap(({ tools }) => tools),
    close: async () => {
      await Promise.all(connected.map(({ client }) => client.close()));
      await Promise.all([folder, memory].map((path) => rm(path, { recursive: true, force: true })));
    },
  };
};
