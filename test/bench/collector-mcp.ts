// The MCP SDK of the tests' frameworks, as far as the collector's benchmark calls it.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as clientModule from '../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js';
import type * as memoryModule from '../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/inMemory.js';
import type * as serverModule from '../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/server/mcp.js';

const SDK = new URL(
  '../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/',
  import.meta.url,
);

/** Whether it is installed (`node setup.mjs test`). */
export const hasMcp = (): boolean => existsSync(fileURLToPath(SDK));

export const loadMcp = async () => {
  const part = async <T>(file: string): Promise<T> => (await import(new URL(file, SDK).href)) as T;
  const { Client } = await part<typeof clientModule>('client/index.js');
  const { InMemoryTransport } = await part<typeof memoryModule>('inMemory.js');
  const { McpServer } = await part<typeof serverModule>('server/mcp.js');
  return { Client, InMemoryTransport, McpServer };
};
