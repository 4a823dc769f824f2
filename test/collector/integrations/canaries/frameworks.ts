// Agent frameworks' own packages with planted texts: in arguments, results, headers, errors, ids, messages and scopes.
import { aiSdk } from '../../../../collector/integrations/ai-sdk.ts';
import { langChain } from '../../../../collector/integrations/langchain.ts';
import { mcpServer } from '../../../../collector/integrations/mcp-server.ts';
import { mcpClient } from '../../../../collector/integrations/mcp.ts';
import {
  guardrailProcessor,
  openAiAgents,
} from '../../../../collector/integrations/openai-agents.ts';
import type * as mcpClientModule from '../../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js';
import type * as mcpHttp from '../../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js';
import type * as mcpMemory from '../../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/inMemory.js';
import type * as mcpServerModule from '../../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/server/mcp.js';
import type * as agents from '../../../engines/frameworks/node_modules/@openai/agents/dist/index.js';
import type * as aiOtel from '../../../engines/frameworks/node_modules/@ai-sdk/otel/dist/index.js';
import type * as ai from '../../../engines/frameworks/node_modules/ai/dist/index.js';
import type * as aiTest from '../../../engines/frameworks/node_modules/ai/dist/test/index.js';
import type * as langchain from '../../../engines/frameworks/node_modules/langchain/dist/index.js';
import { load } from '../frameworks.ts';
import type { Handler } from './world.ts';
import { line } from './world.ts';

const quiet = (work: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(work)
    .catch(() => undefined);
const failed = (text: string): Error =>
  Object.assign(new Error(`not authorized: ${text}`, { cause: text }), { code: text, note: text });

type Wrap = <S extends object>(server: S) => S;
interface Scoped {
  startScopedServer: (
    scopes: Record<string, string[]>,
    wrap: Wrap,
  ) => Promise<{ url: string; close: () => Promise<void> }>;
}
const MCP = 'node_modules/@modelcontextprotocol/sdk/dist/esm/';
const NAME = { name: 'desk', version: '0.0.0' };

const mcpHandler = async (): Promise<Handler> => {
  const { Client } = await load<typeof mcpClientModule>(`${MCP}client/index.js`);
  const { InMemoryTransport } = await load<typeof mcpMemory>(`${MCP}inMemory.js`);
  const { McpServer } = await load<typeof mcpServerModule>(`${MCP}server/mcp.js`);
  let said = '';
  const server = mcpServer(new McpServer(NAME), { server: 'memory' });
  const content = () => [{ type: 'text' as const, text: `permission denied: ${said}` }];
  const noted = () => ({ _meta: { note: said }, content: content() });
  server.registerTool('echo', { description: 'echo' }, noted);
  server.registerTool('refuse', {}, () => ({ ...noted(), isError: true }));
  server.registerTool('fail', {}, () => {
    throw failed(said);
  });
  const [here, there] = InMemoryTransport.createLinkedPair();
  const sending = here.send.bind(here);
  here.send = (message) => {
    const authInfo = { token: said, clientId: said, scopes: [said], extra: { note: said } };
    return sending(message, { authInfo });
  };
  await server.connect(there);
  const client = mcpClient(new Client(NAME), {
    server: 'memory',
    credential: () => said,
    required_scopes: () => [said],
  });
  await client.connect(here);
  const plant = async (text: string) => {
    said = text;
    for (const name of ['echo', 'refuse', 'fail', text]) {
      const call = { name, arguments: { note: text, [text]: text }, _meta: { note: text } };
      await quiet(() => client.callTool(call));
    }
  };
  return { plant, close: () => client.close() };
};

const mcpHttpHandler = async (): Promise<Handler> => {
  const { Client } = await load<typeof mcpClientModule>(`${MCP}client/index.js`);
  const http = await load<typeof mcpHttp>(`${MCP}client/streamableHttp.js`);
  const { startScopedServer } = await load<Scoped>('scoped-server.mjs');
  const headers: Record<string, string> = { authorization: 'Bearer of-the-desk' };
  const scopes = { 'of-the-desk': ['calendar:read'] };
  const scoped = await startScopedServer(scopes, (one) => mcpServer(one, { server: 'desk' }));
  const requestInit = { headers };
  const transport = new http.StreamableHTTPClientTransport(new URL(scoped.url), { requestInit });
  const client = mcpClient(new Client(NAME), { server: 'desk' });
  await client.connect(transport);
  const plant = async (text: string) => {
    headers['x-note'] = line(text);
    headers['cookie'] = line(text);
    scopes['of-the-desk'] = ['calendar:read', text];
    const asked = { q: text };
    await quiet(() => client.callTool({ name: 'read_calendar', arguments: asked }));
    await quiet(() => client.callTool({ name: 'send_mail', arguments: asked }));
  };
  const close = async () => {
    await client.close();
    await scoped.close();
  };
  return { plant, close };
};

const aiSdkHandler = async (): Promise<Handler> => {
  const sdk = await load<typeof ai>('node_modules/ai/dist/index.js');
  const test = await load<typeof aiTest>('node_modules/ai/dist/test/index.js');
  const { OpenTelemetry } = await load<typeof aiOtel>('node_modules/@ai-sdk/otel/dist/index.js');
  const inputSchema = sdk.jsonSchema<object>({ type: 'object' });
  const plant = async (text: string) => {
    let step = 0;
    const input = JSON.stringify({ note: text, [text]: text });
    const calls = ['read', 'fail', 'ask', text].map((toolName, index) => ({
      ...{ type: 'tool-call', toolCallId: `${text}-${String(index)}`, toolName, input },
    }));
    const model = new test.MockLanguageModelV4({
      modelId: 'scripted-1',
      doGenerate: () => {
        step += 1;
        const last = step > 1;
        const unified = last ? 'stop' : 'tool-calls';
        const usage = { inputTokens: { total: 1 }, outputTokens: { total: 1 } };
        const content = last ? [{ type: 'text', text }] : calls;
        const answer = { content, finishReason: { unified, raw: text }, usage, warnings: [] };
        return Promise.resolve(answer as never);
      },
    });
    const settings = {
      model,
      prompt: text,
      system: text,
      headers: { 'x-note': line(text), authorization: line(text) },
      tools: {
        read: sdk.tool({ inputSchema, execute: () => Promise.resolve({ note: text }) }),
        fail: sdk.tool({
          inputSchema,
          execute: (): Promise<string> => Promise.reject(failed(text)),
        }),
        ask: sdk.tool({ inputSchema, needsApproval: true, execute: () => Promise.resolve(text) }),
      },
      stopWhen: sdk.stepCountIs(2),
      telemetry: { isEnabled: true, functionId: text, integrations: new OpenTelemetry() },
    };
    await quiet(() => sdk.generateText(aiSdk(settings)));
    const away = new test.MockLanguageModelV4({ doGenerate: () => Promise.reject(failed(text)) });
    await quiet(() => sdk.generateText(aiSdk({ ...settings, model: away, maxRetries: 0 })));
  };
  return { plant };
};

const langChainHandler = async (): Promise<Handler> => {
  const lc = await load<typeof langchain>('node_modules/langchain/dist/index.js');
  const plant = async (text: string) => {
    const schema = { type: 'object', properties: {} } as const;
    const make = (name: string, work: () => Promise<string>) =>
      lc.tool(work, { name, description: text, schema });
    const tools = [
      make('read', () => Promise.resolve(text)),
      make('fail', () => Promise.reject(failed(text))),
    ];
    const refuse = lc.createMiddleware({
      name: 'refuse',
      wrapToolCall: (request, handler) =>
        request.toolCall.name === 'read'
          ? handler(request)
          : new lc.ToolMessage({ content: text, tool_call_id: text, status: 'error' }),
    });
    const ask = (name: string) => ({ name, args: { note: text, [text]: text }, id: text });
    const model = () =>
      lc
        .fakeModel()
        .respondWithTools([ask('read'), ask('fail'), ask(text)])
        .respond(new lc.AIMessage(text));
    const go = { messages: [{ role: 'user' as const, content: text }] };
    for (const middleware of [[refuse], []]) {
      const made = { model: model(), tools, middleware: langChain(middleware) };
      await quiet(() => lc.createAgent(made).invoke(go));
    }
    const away = lc.fakeModel().respond(failed(text));
    const made = { model: away, tools, middleware: langChain([]) };
    await quiet(() => lc.createAgent(made).invoke(go));
  };
  return { plant };
};

const openAiHandler = async (): Promise<Handler> => {
  const sdk = await load<typeof agents>('node_modules/@openai/agents/dist/index.mjs');
  sdk.setTracingDisabled(false);
  sdk.setTraceProcessors([guardrailProcessor()]);
  const properties = { text: { type: 'string' } };
  const parameters = {
    type: 'object',
    properties,
    required: ['text'],
    additionalProperties: false,
  };
  const plant = async (text: string) => {
    const make = (name: string, more: object) =>
      sdk.tool({ name, description: text, parameters, errorFunction: null, ...more } as never);
    const rejecting = {
      name: text,
      run: () => Promise.resolve({ behavior: { type: 'rejectContent', message: text } }),
    };
    const tools = [
      make('read', { execute: () => Promise.resolve(text) }),
      make('fail', { execute: () => Promise.reject(failed(text)) }),
      make('ask', { needsApproval: true, execute: () => Promise.resolve(text) }),
      make('guarded', { inputGuardrails: [rejecting], execute: () => Promise.resolve(text) }),
    ];
    const run = async (names: string[]) => {
      let turn = 0;
      const calls = names.map((name) => ({
        ...{ type: 'function_call', callId: `${name}-${text}`, name, status: 'completed' },
        arguments: JSON.stringify({ text }),
      }));
      const said = [{ type: 'output_text', text }];
      const message = { type: 'message', role: 'assistant', status: 'completed', content: said };
      const getResponse = () => {
        turn += 1;
        return Promise.resolve({ usage: new sdk.Usage(), output: turn > 1 ? [message] : calls });
      };
      const model = { getResponse, getStreamedResponse: () => [] } as unknown as agents.Model;
      const agent = new sdk.Agent({ name: text, instructions: text, model, tools });
      await quiet(() => openAiAgents(new sdk.Runner({ groupId: text })).run(agent, text));
    };
    await run(['read', 'ask', 'guarded']);
    await run(['fail']);
    await run([text]);
  };
  return { plant };
};

export const FRAMEWORKS: Record<string, () => Promise<Handler>> = {
  mcp: mcpHandler,
  'mcp over http': mcpHttpHandler,
  'ai-sdk': aiSdkHandler,
  langchain: langChainHandler,
  'openai-agents': openAiHandler,
};
