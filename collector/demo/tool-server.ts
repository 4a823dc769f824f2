// A real MCP server in this process, and the client that records what it offers and what is called.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { InMemoryTransport } from '@modelcontextprotocol/sdk/inMemory.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { z } from 'zod';
import { mcpClient } from '../integrations/mcp.ts';
import type { Clock } from './clock.ts';
import type { Credential } from '../index.ts';

/** A token as an agent holds it: the secret for the tools' side, the fingerprint for the record. */
export interface HeldToken {
  secret: string;
  recorded: Credential;
  scopes: readonly string[];
}

export interface ServedTool {
  /** The OAuth scope that a call needs. */
  scope: string;
  takes: readonly string[];
  run: (input: Record<string, unknown>) => string;
}

export interface ToolServer {
  name: string;
  client: Client;
  scopeOf: (tool: string) => string;
  /** The tokens that calls are paid with from now on; the first that has the scope, else the first. */
  hold: (tokens: readonly HeldToken[]) => void;
  tokenFor: (scope: string) => HeldToken | undefined;
  close: () => Promise<void>;
}

export interface ToolServerOptions {
  name: string;
  tools: Record<string, ServedTool>;
  /** What the authorization server says of a token (RFC 7662). */
  introspect: (secret: string) => Promise<{ active: boolean; scopes: string[] }>;
  clock: Clock;
}

/** What a call takes, on the clock of the demo. */
const CALL_S = 1.5;

const textOf = (text: string, isError = false) => ({
  content: [{ type: 'text' as const, text }],
  ...(isError ? { isError } : {}),
});

/** Starts it; a call without a live token that has the tool's scope is refused. */
export const startToolServer = async (options: ToolServerOptions): Promise<ToolServer> => {
  const { name, tools, introspect, clock } = options;
  let held: readonly HeldToken[] = [];
  const scopeOf = (tool: string): string => tools[tool]?.scope ?? '';
  const tokenFor = (scope: string) => held.find(({ scopes }) => scopes.includes(scope)) ?? held[0];
  const isPaid = async (scope: string): Promise<boolean> => {
    const told = await introspect(tokenFor(scope)?.secret ?? '');
    return told.active && told.scopes.includes(scope);
  };
  const server = new McpServer({ name, version: '1.0.0' });
  for (const [tool, { scope, takes, run }] of Object.entries(tools)) {
    const inputSchema = Object.fromEntries(takes.map((key) => [key, z.any()]));
    server.registerTool(tool, { description: tool, inputSchema }, async (input) => {
      clock.pass(CALL_S);
      if (!(await isPaid(scope))) return textOf(`insufficient_scope: ${scope} is needed`, true);
      return textOf(run(input));
    });
  }
  const client = mcpClient(new Client({ name: 'footprint-demo', version: '1.0.0' }), {
    server: name,
    credential: (tool) => tokenFor(scopeOf(tool))?.recorded,
    required_scopes: (tool) => [scopeOf(tool)],
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  await server.connect(there);
  await client.connect(here);
  return {
    name,
    client,
    scopeOf,
    tokenFor,
    hold: (tokens) => {
      held = tokens;
    },
    close: () => client.close(),
  };
};
