// The whole server on a socket: guard, headers, files, live events, metrics, the OpenAPI document, an orderly stop and a second start.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as v from 'valibot';
import { run } from '../../server/cli.ts';
import type { Io } from '../../server/commands/command.ts';
import { liveSpans } from '../../server/api/contract.ts';
import { startServer, type Server } from '../../server/main.ts';
import { ROUTES } from './routes.ts';
import { agentTrace, configFor, otlpJson, quietLog, temporaryFolder } from './served.ts';

const INDEX = `<!doctype html><title>Footprint</title>${' '.repeat(2000)}`;
/** A trace that is late by weeks. */
const OLD = 0x51;
const trace = (i: number): string => i.toString(16).padStart(32, 'a');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: Server;
const start = (): Promise<Server> =>
  startServer({
    config: configFor(folder.path),
    log: quietLog,
    now: () => Date.now(),
    web: join(folder.path, 'dist'),
  });
const send = async (i: number, at = Date.now() - 60_000): Promise<Response> => {
  const response = await fetch(`${server.url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: otlpJson(agentTrace(trace(i), at)),
  });
  expect(await response.json()).toEqual({});
  return response;
};
const page = v.object({ rows: v.array(v.record(v.string(), v.unknown())) });
const rowsOf = async (path: string) =>
  v.parse(page, await (await fetch(`${server.url}${path}`)).json()).rows;

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'dist', 'assets'), { recursive: true });
  await writeFile(join(folder.path, 'dist', 'index.html'), INDEX);
  await writeFile(join(folder.path, 'dist', 'assets', 'app-Ab12Cd34.js'), 'export {};');
  server = await start();
});
afterAll(async () => {
  await server.close();
  await folder.remove();
});

/** A request with headers that fetch would not let through. */
const raw = (path: string, headers: Record<string, string>, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    const sent = httpRequest(
      { host: '127.0.0.1', port: server.port, path, method, headers },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    );
    sent.on('error', reject);
    sent.end();
  });

describe('who is answered', () => {
  it.each([
    ['a foreign Host', '/api/v1/agents', { host: 'evil.example' }, 'GET', 421],
    ['a foreign Host for pages', '/', { host: 'evil.example' }, 'GET', 421],
    ['localhost', '/healthz', { host: 'localhost' }, 'GET', 200],
    [
      'a page of another origin that writes',
      '/api/v1/agents/a/grants',
      { origin: 'https://evil.example' },
      'PUT',
      403,
    ],
    [
      'a page of another origin that sends spans',
      '/v1/traces',
      { origin: 'https://evil.example', 'content-type': 'application/json' },
      'POST',
      403,
    ],
  ])('%s', async (_name, path, headers, method, status) => {
    expect(await raw(path, { host: `127.0.0.1:${server.port}`, ...headers }, method)).toBe(status);
  });

  it('a preflight of another origin is allowed nothing', async () => {
    const response = await fetch(`${server.url}/api/v1/agents`, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example', 'access-control-request-method': 'PUT' },
    });
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
      403,
      null,
    ]);
  });
});

describe('pages and files', () => {
  it('are served with a policy that lets nothing foreign in', async () => {
    const response = await fetch(`${server.url}/agents/some.agent`);
    expect([response.status, await response.text()]).toEqual([200, INDEX]);
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(response.headers.get('content-encoding')).toBe('gzip');
    expect(response.headers.get('cache-control')).toBe('no-cache');
  });

  it('that carry their hash are kept for good, and a known one is not sent again', async () => {
    const path = `${server.url}/assets/app-Ab12Cd34.js`;
    const first = await fetch(path);
    expect(first.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    const etag = first.headers.get('etag') ?? '';
    expect((await fetch(path, { headers: { 'if-none-match': etag } })).status).toBe(304);
  });

  it.each(['/assets/gone.js', '/api/gone', '/v1/gone', '/api', '/..%2fpackage.json'])(
    '%s is no page',
    async (path) => {
      expect((await fetch(`${server.url}${path}`)).status).toBe(404);
    },
  );
});

describe('an operator', () => {
  it('sees a ready server and its figures', async () => {
    expect(await (await fetch(`${server.url}/healthz`)).json()).toEqual({
      status: 'live',
      reason: '',
    });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect((await send(1)).status).toBe(200);
    await server.store.settleAll();
    await rowsOf('/api/v1/agents');
    const response = await fetch(`${server.url}/metrics`);
    const text = await response.text();
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toMatch(/^footprint_spans_total 6$/m);
    expect(text).toMatch(/^footprint_waiting_spans 0$/m);
    expect(text).toMatch(/^footprint_query_seconds_count\{query="agents"\} \d+$/m);
    expect(text).toContain('route="/api/v1/agents",method="GET",status="200"');
  });

  it('reads of every route in the OpenAPI document, with its parameters', async () => {
    const schema = v.object({
      openapi: v.string(),
      paths: v.record(v.string(), v.record(v.string(), v.looseObject({ summary: v.string() }))),
    });
    const { paths } = v.parse(schema, await (await fetch(`${server.url}/openapi.json`)).json());
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.sort()).toEqual([...ROUTES].sort());
    expect(JSON.stringify(paths['/api/v1/decisions'])).toContain('"not_effect"');
    expect(JSON.stringify(paths['/api/v1/decisions'])).toContain('"approval_outcome"');
  });
});

describe('live events', () => {
  it('bring counts at once and decisions when they arrive, however old, for the agent asked for', async () => {
    const stop = new AbortController();
    const listen = (query: string) =>
      fetch(`${server.url}/api/v1/live${query}`, { signal: stop.signal });
    const [all, other] = await Promise.all([listen(''), listen('?agent=nobody')]);
    expect(all.headers.get('content-type')).toContain('text/event-stream');
    const seen = { all: '', other: '' };
    const read = async (response: Response, into: 'all' | 'other'): Promise<void> => {
      const decoder = new TextDecoder();
      for await (const piece of response.body ?? []) {
        seen[into] += decoder.decode(piece, { stream: true });
      }
    };
    const reading = Promise.allSettled([read(all, 'all'), read(other, 'other')]);
    const until = async (what: RegExp, times: number): Promise<void> => {
      const deadline = Date.now() + 10_000;
      while ((seen.all.match(what)?.length ?? 0) < times) {
        if (Date.now() > deadline) throw new Error(`no ${String(what)} in ${seen.all}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await until(/^event: spans$/gm, 2);
    await send(2, Date.now() - 1000);
    await until(/^event: decisions$/gm, 1);
    await until(/d2-/g, 1);
    await send(OLD, Date.now() - 40 * 86_400_000);
    await until(new RegExp(`d1-${trace(OLD)}`, 'g'), 1);
    stop.abort();
    await reading;
    const counts = /^event: spans\ndata: (.*)$/m.exec(seen.all)?.[1] ?? '';
    expect(v.safeParse(liveSpans, JSON.parse(counts)).issues).toBe(undefined);
    expect(seen.all).toContain(trace(2));
    expect(seen.all).not.toContain(`d1-${trace(1)}`);
    expect(seen.other).not.toContain('event: decisions');
  });
});

describe('the command line', () => {
  const call = async (...argv: string[]): Promise<{ code: number; out: string; err: string }> => {
    let out = '';
    let err = '';
    const io: Io = {
      out: (text) => void (out += text),
      err: (text) => void (err += text),
      tty: false,
      now: () => Date.now(),
      cwd: folder.path,
      env: {},
      untilStopped: () => Promise.resolve('SIGTERM'),
    };
    return { code: await run(argv, io), out, err };
  };

  it('imports files into a running server', async () => {
    const file = join(folder.path, 'lines.jsonl');
    await writeFile(file, [3, 4, 5].map((i) => otlpJson(agentTrace(trace(i), 1e12))).join('\n'));
    const { code, out, err } = await call('import', 'otlp', '--url', server.url, file);
    expect([code, out.replace(/[\d.]+ s$/m, '- s')]).toEqual([
      0,
      'imported 3 request(s) from 1 file(s) in - s\n',
    ]);
    expect(err).toContain(`into ${server.url}`);
  });

  it('names the file and the line that is wrong or that a server refuses, and keeps the others', async () => {
    const refused = join(folder.path, 'refused.jsonl');
    const lines = [0xa1, 0xa2].map((i) => otlpJson(agentTrace(trace(i), 1e12)));
    await writeFile(
      refused,
      [lines[0], '{"resourceSpans":[{"scopeSpans":5}]}', lines[1]].join('\n'),
    );
    const told = await call('import', 'otlp', '--url', server.url, refused);
    expect(told.err).toContain(
      `${refused}, line 2: the server answered 400: the request cannot be`,
    );
    await server.store.settleAll();
    expect((await fetch(`${server.url}/api/v1/traces/${trace(0xa1)}`)).status).toBe(200);
    const file = join(folder.path, 'bad.jsonl');
    await writeFile(file, '{"resourceSpans":[]}\n{"resourceSpans":17}\n');
    const { code, err } = await call('import', 'otlp', '--url', server.url, file);
    expect(code).toBe(1);
    expect(err).toContain(`${file}, line 2: resourceSpans is no list`);
  });

  it('tells of spans that were rejected, in protobuf too', async () => {
    const field = (tag: number, bytes: readonly number[]) => [tag, bytes.length, ...bytes];
    const id = (length: number, byte: number) => Array<number>(length).fill(byte);
    const span = [...field(0x0a, id(16, 0)), ...field(0x12, id(8, 7)), ...field(0x2a, [120])];
    const file = join(folder.path, 'zero.pb');
    await writeFile(file, Buffer.from(field(0x0a, field(0x12, field(0x12, span)))));
    const { code, err } = await call('import', 'otlp', '--url', server.url, file);
    expect(code).toBe(1);
    expect(err).toMatch(/1 span\(s\) were rejected: \S+/);
  });

  it('imports grants and names an agent that nobody gave', async () => {
    const file = join(folder.path, 'grants.json');
    await writeFile(file, '["mail:send",{"permission":"mail:read","resource_pattern":"inbox/*"}]');
    const without = await call('grants', 'import', 'json', '--url', server.url, file);
    expect([without.code, without.err]).toEqual([
      2,
      'footprint: the file names no agent; give one with --agent\n',
    ]);
    const told = ['--url', server.url, '--agent', 'mailer', '--environment', 'prod'];
    expect(await call('grants', 'import', 'json', ...told, file)).toEqual({
      code: 0,
      out: 'mailer: 2 permission(s)\n',
      err: '',
    });
    expect(await rowsOf('/api/v1/surface?agent=mailer&environment=prod')).toMatchObject([
      { permission: 'mail:read', resource_pattern: 'inbox/*', granted: true },
      { permission: 'mail:send', resource_pattern: '*', granted: true },
    ]);
  });

  it('serves until it is told to stop, and names a port or folder that is taken', async () => {
    const taken = await call(
      'serve',
      '--port',
      String(server.port),
      '--grpc-port',
      'off',
      '--data',
      'other',
    );
    const grpc = String(server.grpc_port);
    const grpcTaken = await call('serve', '--port', '0', '--grpc-port', grpc, '--data', 'other');
    expect([grpcTaken.code, grpcTaken.err]).toEqual([
      1,
      expect.stringMatching(
        `port ${grpc} is in use by process ${process.pid} .* choose another with --grpc-port`,
      ),
    ]);
    await expect(stat(join(folder.path, 'other'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect([taken.code, taken.err]).toEqual([
      1,
      expect.stringContaining(`port ${server.port} is in use by process ${process.pid}`),
    ]);
    const locked = await call('serve', '--port', '0', '--grpc-port', '0', '--data', 'data');
    expect([locked.code, locked.err]).toEqual([1, expect.stringContaining('is in use by process')]);
    const served = await call('serve', '--port', '0', '--grpc-port', '0', '--data', 'third');
    expect(served.code).toBe(0);
    expect(served.out).toMatch(/export OTEL_EXPORTER_OTLP_ENDPOINT=http:\/\/127\.0\.0\.1:\d+\n/);
  });

  it('imports straight into the folder where no server runs, once only', async () => {
    const file = join(folder.path, 'one.json');
    await writeFile(file, otlpJson(agentTrace(trace(9), Date.now() - 60_000)));
    const told = ['--port', '0', '--data', 'alone', file];
    expect((await call('import', 'otlp', ...told)).code).toBe(0);
    expect((await call('import', 'otlp', ...told)).code).toBe(0);
    const alone = await startServer({
      config: { ...configFor(folder.path), data: join(folder.path, 'alone') },
      log: quietLog,
      now: () => Date.now(),
    });
    expect(await alone.store.state()).toMatchObject({ spans: 6, duplicates: 6 });
    await alone.close();
  });
});

describe('a stop', () => {
  it('keeps everything acknowledged and ends live streams', async () => {
    const live = await fetch(`${server.url}/api/v1/live`);
    const reader = live.body?.getReader();
    await reader?.read();
    expect((await send(7)).status).toBe(200);
    const before = Date.now();
    await server.close();
    expect(Date.now() - before).toBeLessThan(4000);
    server = await start();
    await server.store.settleAll();
    const sessions = await rowsOf('/api/v1/sessions?agent=booker');
    expect(sessions.map((row) => row['trace_id'])).toContain(trace(7));
    expect((await stat(join(folder.path, 'data'))).mode & 0o077).toBe(0);
  });
});
