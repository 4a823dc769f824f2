// `@footprint/collector/start` in processes of its own, against a receiver on loopback.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const LINE_2 = `${ROOT}test/engines/otel-2/node_modules`;

interface Request {
  resourceSpans: {
    resource: { attributes: Pair[] };
    scopeSpans: { spans: { name: string; attributes: Pair[] }[] }[];
  }[];
}
interface Pair {
  key: string;
  value: { stringValue?: string };
}

let server: Server;
let endpoint: string;
let requests: Request[] = [];
beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      requests.push(JSON.parse(Buffer.concat(chunks).toString()) as Request);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  requests = [];
});

const names = (): string[] =>
  requests.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) => spans.map(({ name }) => name)),
    ),
  );

/** Runs a script as an agent would run it; resolves with what it wrote and its exit code. */
const run = (
  script: string,
  env: Record<string, string> = {},
): Promise<{ out: string; code: number | null }> =>
  new Promise((resolve) => {
    const imports = `
      import { start } from '${ROOT}collector/start.ts';
      import { authorize, task, tool } from '${ROOT}collector/index.ts';
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', imports + script], {
      cwd: ROOT,
      env: { PATH: process.env['PATH'], ...env },
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.once('exit', (code) => resolve({ out, code }));
  });

const ACT = `task({ agent: 'desk' }, () => { authorize({ permission: 'tool:a' }, () => false); tool({ name: 'b' }, () => 1); });`;
const SPANS = ['authorize tool:a', 'execute_tool b', 'invoke_agent desk'];

describe('start', () => {
  it('sends by the standard variables, and what the environment says of the process', async () => {
    const done = await run(`start({ agent: 'desk' }); ${ACT}`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_SERVICE_NAME: 'desk-service',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=staging,service.owner=Ada%20L,bad,=x',
    });
    expect(done).toEqual({ out: '', code: 0 });
    expect(names()).toEqual(SPANS);
    const attributes = requests[0]?.resourceSpans[0]?.resource.attributes ?? [];
    const said = Object.fromEntries(attributes.map(({ key, value }) => [key, value.stringValue]));
    expect(said).toMatchObject({
      'service.name': 'desk-service',
      'deployment.environment.name': 'staging',
      'service.owner': 'Ada L',
    });
    expect(Object.keys(said).filter((key) => key.startsWith('process.'))).toEqual([]);
  });

  it('takes its options before the environment', async () => {
    const options = JSON.stringify({ endpoint, service: 'mine', environment: 'test' });
    const done = await run(
      `const t = start(${options}); ${ACT} await t.shutdown(); process.exit(0);`,
      {
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
        OTEL_RESOURCE_ATTRIBUTES: 'service.name=theirs,deployment.environment.name=theirs',
      },
    );
    expect(done).toEqual({ out: '', code: 0 });
    expect(names()).toEqual(SPANS);
    expect(JSON.stringify(requests[0]?.resourceSpans[0]?.resource)).not.toContain('theirs');
  });

  it('leaves the agent alone where nobody receives', async () => {
    const done = await run(
      `const t = start({ endpoint: 'http://127.0.0.1:9' }); ${ACT} console.log('worked'); t.shutdown();`,
      {
        OTEL_EXPORTER_OTLP_TIMEOUT: '300',
      },
    );
    expect(done).toEqual({ out: 'worked\n', code: 0 });
  });

  it('does nothing where OTEL_SDK_DISABLED says so', async () => {
    const done = await run(`start({ endpoint: '${endpoint}' }); ${ACT}`, {
      OTEL_SDK_DISABLED: 'true',
    });
    expect([done, names()]).toEqual([{ out: '', code: 0 }, []]);
  });

  it('keeps every decision and action where the environment samples the rest away', async () => {
    const chat = `import { trace } from '@opentelemetry/api'; trace.getTracer('x').startSpan('chat').end();`;
    const done = await run(`${chat.replace(';', '; start(); ')} ${ACT}`, {
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_TRACES_SAMPLER: 'traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0',
    });
    expect(done).toEqual({ out: '', code: 0 });
    expect(names()).toEqual(SPANS);
  });

  it('joins the SDK that runs already', async () => {
    const done = await run(`
      import { NodeSDK } from '@opentelemetry/sdk-node';
      import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
      const url = '${endpoint}/v1/traces';
      new NodeSDK({ traceExporter: new OTLPTraceExporter({ url }), logRecordProcessors: [], metricReaders: [] }).start();
      const telemetry = start({ agent: 'desk' });
      ${ACT}
      await telemetry.flush();
      console.log(telemetry.joined);
      process.exit(0);
    `);
    expect(done).toEqual({ out: 'true\n', code: 0 });
    expect(names()).toEqual(SPANS);
  });

  it('takes any options', async () => {
    const done = await run(
      `for (const o of [null, 1, 'x', new Proxy({}, { get() { throw 1; } })]) start(o); ${ACT} process.exit(0);`,
    );
    expect(done).toEqual({ out: '', code: 0 });
  });

  it.skipIf(!existsSync(LINE_2))(
    'says so where the running SDK has an API that it cannot speak to',
    async () => {
      const done = await run(`
      import { createRequire } from 'node:module';
      const { trace } = createRequire('${LINE_2}/')('@opentelemetry/api');
      trace.setGlobalTracerProvider({ getTracer() {} });
      const { joined } = start();
      ${ACT}
      console.log(joined);
    `);
      expect(done.code).toBe(0);
      expect(done.out).toContain('FOOTPRINT_API_MISMATCH');
    },
  );
});
