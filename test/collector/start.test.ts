// `@footprint/collector/start` in processes of its own, against a receiver on loopback.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ROOT, runAgent } from './agent.ts';
import type { Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';

const LINE_2 = `${ROOT}test/engines/otel-2/node_modules`;

let receiver: Receiver;
let endpoint: string;
let spool: string;
beforeAll(async () => {
  receiver = await startReceiver();
  endpoint = receiver.url;
  spool = await mkdtemp(join(tmpdir(), 'footprint-start-'));
});
afterAll(async () => {
  await receiver.close();
  await rm(spool, { recursive: true, force: true });
});
beforeEach(() => receiver.clear());

const names = (): string[] => receiver.spans().map(({ name }) => name);

const run = async (
  script: string,
  env: Record<string, string> = {},
): Promise<{ out: string; code: number | null }> => {
  const { out, code } = await runAgent(script, { FOOTPRINT_SPOOL: spool, ...env });
  return { out, code };
};

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
    const said = receiver.spans()[0]?.resource ?? {};
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
    expect(JSON.stringify(receiver.spans()[0]?.resource)).not.toContain('theirs');
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

  it('may be called a hundred times, and stopped and used after it was stopped', async () => {
    const done = await run(
      `
      const first = start({ agent: 'desk' });
      for (let i = 0; i < 100; i += 1) start({ agent: 'desk' });
      ${ACT}
      await Promise.all([first.shutdown(), first.shutdown()]);
      await first.shutdown();
      ${ACT}
      await first.flush();
      console.log(process.listenerCount('beforeExit') <= 2, process.listenerCount('exit') <= 1);
    `,
      { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
    );
    expect(done).toEqual({ out: 'true true\n', code: 0 });
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
