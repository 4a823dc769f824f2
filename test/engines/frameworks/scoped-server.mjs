// A real MCP server over HTTP whose tools need scopes: the SDK's own bearer check answers 403 insufficient_scope.
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { InvalidTokenError } from '@modelcontextprotocol/sdk/server/auth/errors.js';
import { requireBearerAuth } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import express from 'express';
import { z } from 'zod';

const TOOLS = { read_calendar: ['calendar:read'], send_mail: ['mail:send'] };
const LIFE_S = 300;

const makeServer = () => {
  const server = new McpServer({ name: 'desk', version: '1.0.0' });
  for (const name of Object.keys(TOOLS)) {
    const about = { description: name, inputSchema: { q: z.string() } };
    server.registerTool(name, about, async () => ({ content: [{ type: 'text', text: 'done' }] }));
  }
  return server;
};

/** Serves on a free port of loopback; `scopes` of each token, and `wrap` around each server that is made. */
export const startScopedServer = async (scopes, wrap) => {
  const verifier = {
    verifyAccessToken: async (token) => {
      if (scopes[token] === undefined) throw new InvalidTokenError('unknown token');
      const expiresAt = Math.floor(Date.now() / 1000) + LIFE_S;
      return { token, clientId: 'desk-client', scopes: scopes[token], expiresAt };
    },
  };
  const app = express();
  app.use(express.json());
  app.use('/mcp', (request, response, next) => {
    const { method, params } = request.body ?? {};
    const requiredScopes = method === 'tools/call' ? TOOLS[params.name] : [];
    return requireBearerAuth({ verifier, requiredScopes })(request, response, next);
  });
  app.post('/mcp', async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    await wrap(makeServer()).connect(transport);
    await transport.handleRequest(request, response, request.body);
  });
  app.get('/mcp', (_request, response) => response.status(405).end());
  const listening = await new Promise((resolve) => {
    const server = app.listen(0, '127.0.0.1', () => resolve(server));
  });
  return {
    url: `http://127.0.0.1:${listening.address().port}/mcp`,
    close: () =>
      new Promise((resolve) => {
        listening.closeAllConnections();
        listening.close(resolve);
      }),
  };
};
