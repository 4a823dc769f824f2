// The MCP integration against the SDK's own client and servers: over stdio, in memory, and over HTTP with scopes.
import { propagation, trace } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { credential, fingerprint, processor, task, tool } from '../../../collector/index.ts';
import { mcpServer } from '../../../collector/integrations/mcp-server.ts';
import { mcpClient } from '../../../collector/integrations/mcp.ts';
import type * as mcpClientModule from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/index.js';
import type * as mcpStdio from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/stdio.js';
import type * as mcpHttp from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/client/streamableHttp.js';
import type * as mcpServerModule from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/server/mcp.js';
import type * as mcpLowServer from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/server/index.js';
import type * as mcpTypes from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/types.js';
import type * as mcpMemory from '../../engines/frameworks/node_modules/@modelcontextprotocol/sdk/dist/esm/inMemory.js';
import type { AgentRow, SurfaceRow, TokenRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { startServer } from '../../e2e/server.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder, told } from '../recorder.ts';
import { FRAMEWORKS, has, load, send } from './frameworks.ts';

type Sdk = typeof mcpClientModule &
  typeof mcpStdio &
  typeof mcpHttp &
  typeof mcpServerModule &
  typeof mcpLowServer &
  typeof mcpTypes &
  typeof mcpMemory;
type Wrap = <S extends object>(server: S) => S;
interface Scoped {
  startScopedServer: (
    scopes: Record<string, string[]>,
    wrap: Wrap,
  ) => Promise<{ url: string; close: () => Promise<void> }>;
}

const possible = has('@modelcontextprotocol/sdk') && has('@modelcontextprotocol/server-filesystem');
const SETTLED = { timeout: 30_000, interval: 250 };
const FILES = 'node_modules/@modelcontextprotocol/server-filesystem/dist/index.js';

const loadSdk = async (): Promise<Sdk> => {
  const base = 'node_modules/@modelcontextprotocol/sdk/dist/esm/';
  const client = ['client/index', 'client/stdio', 'client/streamableHttp'];
  const names = [...client, 'server/index', 'server/mcp', 'types', 'inMemory'];
  const parts = await Promise.all(names.map((name) => load<object>(`${base}${name}.js`)));
  return Object.assign({}, ...parts) as Sdk;
};

let sdk: Sdk;
let recorder: Recorder;
let folder: string;
let server: RunningServer;
beforeAll(async () => {
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  recorder = startRecorder([processor()]);
  if (!possible) return;
  sdk = await loadSdk();
  server = await startServer();
  folder = await realpath(await mkdtemp(join(tmpdir(), 'footprint-mcp-')));
  await writeFile(join(folder, 'note.md'), 'a note');
}, 120_000);
afterAll(async () => {
  propagation.disable();
  await recorder.stop();
  if (!possible) return;
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});
afterEach(() => void recorder.take());

/** SpanKind. */
const SERVER = 1;
const NAME = { name: 'test', version: '0.0.0' };

const filesystem = async (name = 'files') => {
  const client = mcpClient(new sdk.Client(NAME), { server: name });
  const args = [join(FRAMEWORKS, FILES), folder];
  const command = process.execPath;
  await client.connect(new sdk.StdioClientTransport({ command, args, stderr: 'ignore' }));
  return client;
};

/** A server of two tools in this process, and a client that is connected to it. */
const inMemory = async (wrap: Wrap, options: { server?: string; agent?: string } = {}) => {
  const made = wrap(new sdk.McpServer(NAME));
  const seen: unknown[] = [];
  made.registerTool('echo', { description: 'echo' }, async ({ _meta }) => {
    seen.push(_meta?.['traceparent']);
    await tool({ name: 'inner' }, () => Promise.resolve());
    return { content: [{ type: 'text' as const, text: 'echoed' }] };
  });
  made.registerTool('slow', { description: 'slow' }, async ({ signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    return { content: [] };
  });
  const [here, there] = sdk.InMemoryTransport.createLinkedPair();
  const client = new sdk.Client(NAME);
  await made.connect(there);
  await client.connect(here);
  return { client: mcpClient(client, { server: 'memory', ...options }), made, seen };
};
const asIs: Wrap = (one) => one;
const recorded: Wrap = (one) => mcpServer(one, { server: 'memory' });
const named = (spans: ReadableSpan[], name: string) => spans.filter((span) => span.name === name);
const surfaceOf = async (agent: string, fields: readonly (keyof SurfaceRow)[]) =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`)).map((row) =>
    Object.fromEntries(fields.map((name) => [name, row[name]])),
  );

describe.skipIf(!possible)('an MCP client', () => {
  it('tells its list as the grant, its calls as uses, and what the server refuses as a denial', async () => {
    const client = await filesystem();
    const spans = await task({ agent: 'mcp-files', session: 'mcp-1' }, async () => {
      await client.listTools();
      await client.listTools();
      await client.callTool({ name: 'read_text_file', arguments: { path: `${folder}/note.md` } });
      await client.callTool({ name: 'read_text_file', arguments: { path: '/etc/hostname' } });
      await client.callTool({ name: 'no_such_tool', arguments: {} });
      await client.close();
    }).then(() => recorder.take());
    expect(named(spans, 'surface_snapshot')).toHaveLength(1);
    expect(named(spans, 'tools/call read_text_file').map(told)).toEqual([
      {
        'gen_ai.agent.name': 'mcp-files',
        'gen_ai.conversation.id': 'mcp-1',
        'footprint.session.id': 'mcp-1',
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': 'read_text_file',
        'mcp.method.name': 'tools/call',
        'footprint.permission': 'mcp.files:read_text_file',
      },
      expect.objectContaining({ 'error.type': 'permission_denied' }),
    ]);
    expect(told(named(spans, 'tools/call no_such_tool')[0])).toMatchObject({
      'error.type': 'tool_error',
    });
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain(folder);

    await send(server.url, spans);
    const rows = () => surfaceOf('mcp-files', ['permission', 'granted', 'uses', 'denials']);
    const used = { permission: 'mcp.files:read_text_file', granted: true, uses: 1, denials: 1 };
    await expect.poll(rows, SETTLED).toContainEqual(used);
    expect(await rows()).toContainEqual({
      permission: 'mcp.files:write_file',
      granted: true,
      uses: 0,
      denials: 0,
    });
    expect(await rows()).toHaveLength(15);
  });

  it('folds into the span of a framework that calls it, under a prefixed name as well', async () => {
    const client = await filesystem();
    const call = () =>
      client.callTool({ name: 'read_text_file', arguments: { path: `${folder}/note.md` } });
    const framework = (name: string) =>
      trace.getTracer('framework').startActiveSpan(`execute_tool ${name}`, async (span) => {
        span.setAttributes({ 'gen_ai.operation.name': 'execute_tool', 'gen_ai.tool.name': name });
        await call();
        span.end();
      });
    await task({ agent: 'mcp-folds', session: 'mcp-2' }, async () => {
      await framework('read_text_file');
      await framework('files_read_text_file');
      await tool({ name: 'files__read_text_file' }, call);
    });
    await client.close();
    const spans = recorder.take();
    expect(named(spans, 'tools/call read_text_file')).toHaveLength(1);
    await send(server.url, spans);
    const rows = () => surfaceOf('mcp-folds', ['permission', 'uses']);
    await expect.poll(rows, SETTLED).toEqual([{ permission: 'mcp.files:read_text_file', uses: 3 }]);
  });

  it('keeps two servers of one agent apart: neither list withdraws the other', async () => {
    const first = await inMemory(asIs, { server: 'one', agent: 'mcp-two' });
    const second = await inMemory(asIs, { server: 'two', agent: 'mcp-two' });
    await first.client.listTools();
    await second.client.listTools();
    await send(server.url, recorder.take());
    await expect
      .poll(() => surfaceOf('mcp-two', ['permission', 'granted']), SETTLED)
      .toEqual(
        expect.arrayContaining(
          ['one:echo', 'one:slow', 'two:echo', 'two:slow'].map((name) => ({
            permission: `mcp.${name}`,
            granted: true,
          })),
        ),
      );
  });

  it('is wrapped once, tells many calls at once apart, and passes errors on as they are', async () => {
    const { client } = await inMemory(asIs);
    expect(mcpClient(client, { server: 'other' })).toBe(client);
    expect(client).toBeInstanceOf(sdk.Client);
    const calls = Array.from({ length: 20 }, () => client.callTool({ name: 'echo' }));
    expect((await Promise.all(calls)).every((answer) => Array.isArray(answer.content))).toBe(true);
    await expect(
      client.callTool({ name: 'slow' }, undefined, { timeout: 50 }),
    ).rejects.toMatchObject({ code: -32001 });
    const spans = recorder.take();
    expect(named(spans, 'tools/call echo')).toHaveLength(20);
    const seqs = named(spans, 'tools/call echo').map((s) => s.attributes['footprint.producer.seq']);
    expect(new Set(seqs).size).toBe(20);
    expect(told(named(spans, 'tools/call slow')[0])).toMatchObject({ 'error.type': '-32001' });
  });

  it('leaves calls as they were where its own options fail, and where a client cannot be wrapped', async () => {
    const failing = () => {
      throw new Error('ours');
    };
    const { client } = await inMemory(asIs);
    const odd = mcpClient(
      {
        callTool: (call: unknown) => Promise.resolve(call),
        listTools: () => Promise.resolve('not a list'),
      },
      { server: 'odd', credential: failing, required_scopes: failing },
    );
    expect(await odd.callTool('not an object')).toBe('not an object');
    expect(await odd.listTools()).toBe('not a list');
    expect(mcpClient(Object.freeze({}), { server: 'frozen' })).toEqual({});
    expect(await client.callTool({ name: 'echo' })).toMatchObject({ content: [{}] });
  });

  it('reads a list page by page, and tells it once it is whole', async () => {
    const pages = {
      first: {
        tools: [{ name: 'a', inputSchema: { type: 'object' as const } }],
        nextCursor: 'more',
      },
      more: { tools: [{ name: 'b', inputSchema: { type: 'object' as const } }] },
    };
    const made = new sdk.Server(NAME, { capabilities: { tools: {} } });
    made.setRequestHandler(sdk.ListToolsRequestSchema, ({ params }) =>
      params?.cursor === 'more' ? pages.more : pages.first,
    );
    const [here, there] = sdk.InMemoryTransport.createLinkedPair();
    await made.connect(there);
    const paged = mcpClient(new sdk.Client(NAME), { server: 'paged' });
    await paged.connect(here);
    await paged.listTools();
    expect(recorder.take()).toEqual([]);
    await paged.listTools({ cursor: 'more' });
    expect(recorder.take().map(told)).toMatchObject([
      { 'footprint.surface.permissions': ['mcp.paged:a|*', 'mcp.paged:b|*'] },
    ]);
  });
});

describe.skipIf(!possible)('an MCP server', () => {
  it('serves inside the trace that the client tells, and its own calls belong to it', async () => {
    const { client, seen } = await inMemory(recorded);
    await task({ agent: 'mcp-traced', session: 'mcp-3' }, async () => {
      await client.listTools();
      await client.callTool({ name: 'echo' });
    });
    const spans = recorder.take();
    const [asked, served] = [2, 1].map((kind) =>
      spans.find((span) => span.name === 'tools/call echo' && Number(span.kind) === kind),
    );
    expect(served?.parentSpanContext?.spanId).toBe(asked?.spanContext().spanId);
    expect(seen).toEqual([`00-${asked?.spanContext().traceId}-${asked?.spanContext().spanId}-01`]);
    const inner = named(spans, 'execute_tool inner')[0];
    expect(inner?.parentSpanContext?.spanId).toBe(served?.spanContext().spanId);
    await send(server.url, spans);
    const sorted = async () =>
      (await server.rows<SurfaceRow>('/api/v1/agents/mcp-traced/surface'))
        .map(({ permission, uses }) => `${permission} ${uses}`)
        .sort();
    const expected = ['mcp.memory:echo 1', 'mcp.memory:slow 0', 'tool:inner 1'];
    await expect.poll(sorted, SETTLED).toEqual(expected);
  });

  it('ends the span of a call that is cancelled or whose connection closes', async () => {
    const { client, made } = await inMemory(recorded);
    const given = new AbortController();
    const call = client.callTool({ name: 'slow' }, undefined, { signal: given.signal });
    setTimeout(() => given.abort(), 20);
    await expect(call).rejects.toThrow();
    const left = client.callTool({ name: 'slow' });
    left.catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await made.close();
    await expect(left).rejects.toThrow();
    const served = named(recorder.take(), 'tools/call slow').filter(
      (span) => Number(span.kind) === SERVER,
    );
    expect(served.map((span) => span.attributes['error.type'])).toEqual([
      'cancelled',
      'connection_closed',
    ]);
  });

  it('answers 403 insufficient_scope, which both the agent page and the token show', async () => {
    const secret = 'a-token-of-the-calendar';
    const scopes = { [secret]: ['calendar:read'] };
    const { startScopedServer } = await load<Scoped>('scoped-server.mjs');
    const scoped = await startScopedServer(scopes, (one) => mcpServer(one, { server: 'desk' }));
    const client = mcpClient(new sdk.Client(NAME), {
      server: 'desk',
      credential: secret,
      required_scopes: (name) => (name === 'send_mail' ? ['mail:send'] : ['calendar:read']),
    });
    const requestInit = { headers: { authorization: `Bearer ${secret}` } };
    const transport = new sdk.StreamableHTTPClientTransport(new URL(scoped.url), { requestInit });
    await client.connect(transport);
    await task({ agent: 'mcp-scoped', session: 'mcp-4' }, async () => {
      credential.issued(secret, {
        type: 'oauth_access_token',
        expires_in: 300,
        scopes: ['calendar:read'],
      });
      await client.callTool({ name: 'read_calendar', arguments: { q: 'monday' } });
      const refused = client.callTool({ name: 'send_mail', arguments: { q: 'all' } });
      await expect(refused).rejects.toMatchObject({ code: 403 });
    });
    await client.close();
    await scoped.close();
    const spans = recorder.take();
    const served = spans.filter((span) => Number(span.kind) === SERVER);
    expect(served.map(told)).toMatchObject([
      {
        'gen_ai.tool.name': 'read_calendar',
        'footprint.agent.identity.id': 'desk-client',
        'footprint.credential.fingerprint': fingerprint(secret),
        'footprint.credential.scopes': ['calendar:read'],
      },
    ]);
    expect(JSON.stringify(spans.map((span) => span.attributes))).not.toContain(secret);
    await send(server.url, spans);
    const rows = () => surfaceOf('mcp-scoped', ['permission', 'granted', 'uses', 'denials']);
    await expect.poll(rows, SETTLED).toEqual(
      expect.arrayContaining([
        { permission: 'mcp.desk:read_calendar', granted: false, uses: 1, denials: 0 },
        { permission: 'mcp.desk:send_mail', granted: false, uses: 0, denials: 1 },
        { permission: 'oauth:calendar:read', granted: true, uses: 1, denials: 0 },
      ]),
    );
    const tokens = await server.rows<TokenRow>('/api/v1/tokens?agent=mcp-scoped');
    expect(tokens).toMatchObject([{ fingerprint: fingerprint(secret) }]);
  });

  it('counts a call without a trace as a use of the OAuth client that makes it', async () => {
    const secret = 'a-token-without-a-trace';
    const scopes = { [secret]: ['calendar:read'] };
    const { startScopedServer } = await load<Scoped>('scoped-server.mjs');
    const scoped = await startScopedServer(scopes, (one) => mcpServer(one, { server: 'desk' }));
    const client = new sdk.Client(NAME);
    const requestInit = { headers: { authorization: `Bearer ${secret}` } };
    const transport = new sdk.StreamableHTTPClientTransport(new URL(scoped.url), { requestInit });
    await client.connect(transport);
    await client.callTool({ name: 'read_calendar', arguments: { q: 'monday' } });
    await client.close();
    await scoped.close();
    await send(server.url, recorder.take());
    await expect
      .poll(() => surfaceOf('desk-client', ['permission', 'uses']), SETTLED)
      .toContainEqual({ permission: 'mcp.desk:read_calendar', uses: 1 });
    expect((await server.rows<AgentRow>('/api/v1/agents')).map((row) => row.agent)).toContain(
      'desk-client',
    );
  });
});
