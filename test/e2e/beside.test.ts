// Beside what runs already: Langfuse's processor, and a real OpenTelemetry Collector that fans out, filters or loses.
import { existsSync, symlinkSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, SurfaceRow, TelemetryHealth } from '../../server/api/contract.ts';
import { ENGINES, installPacked, packed } from '../collector/packed.ts';
import { startOtelcol } from '../engines/otelcol.ts';
import type { Listener } from '../engines/toolchains.ts';
import { blocks, findOtelcol, runProgram, startListener } from '../engines/toolchains.ts';
import type { RunningServer } from './server.ts';
import { startServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const PAGE = 'docs/beside.md';
const FOOTPRINT = 'http://127.0.0.1:4318';
const EXISTING = 'http://127.0.0.1:4338';
/** What the Collector is made to lose: every third span of the evidence. */
const EVERY_THIRD =
  'Int(attributes["footprint.producer.seq"]) / 3 * 3 == Int(attributes["footprint.producer.seq"])';
const WANTED = 'attributes["footprint.producer.seq"] == nil';

const otelcol = findOtelcol();
const langfuse = existsSync(join(ENGINES, 'beside/node_modules/@langfuse/otel'));
if (!langfuse)
  process.stderr.write('SKIPPED: beside Langfuse, since test/engines/beside is not installed\n');

let server: RunningServer;
let existing: Listener;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  existing = await startListener();
  folder = await mkdtemp(join(tmpdir(), 'footprint-beside-'));
  const tarball = await packed();
  for (const line of ['otel-3', 'beside']) {
    if (!existsSync(join(ENGINES, line, 'node_modules'))) continue;
    await writeFile(join(await makeFolder(line), 'package.json'), '{"type":"module"}');
    installPacked(tarball, join(folder, line), line);
    const vendor = join(ENGINES, line, 'node_modules/@langfuse');
    if (existsSync(vendor)) symlinkSync(vendor, join(folder, line, 'node_modules/@langfuse'));
  }
}, 240_000);
afterAll(async () => {
  await server.remove();
  await existing.close();
  await rm(folder, { recursive: true, force: true });
});

const makeFolder = async (line: string): Promise<string> => {
  const at = join(folder, line);
  await mkdir(at, { recursive: true });
  return at;
};

/** An agent that decides and acts five times, with spans around that concern no authorization. */
const agentCode = (agent: string, before: string, after: string): string => `${before}
import { trace } from '@opentelemetry/api';
import { authorize, surface, task, tool } from '@footprint/collector';
const other = () => trace.getTracer('web').startActiveSpan('GET /', (span) => span.end());
await task({ agent: '${agent}', session: 's-1' }, async () => {
  surface(['tool:read', 'tool:delete'], { source: 'policy' });
  for (let turn = 0; turn < 5; turn += 1) {
    other();
    const decision = authorize({ permission: 'tool:read' }, () => true);
    await tool({ name: 'read', decision }, async () => other());
  }
});
${after}`;

const runAgent = async (line: string, code: string, env: Record<string, string>): Promise<void> => {
  const file = join(folder, line, 'agent.ts');
  await writeFile(file, code);
  await runProgram(process.execPath, [file], { cwd: join(folder, line), env });
};
const viaCollector = (agent: string, to: string): Promise<void> => {
  const before = `import { start } from '@footprint/collector/start';
const telemetry = start({ agent: '${agent}' });`;
  return runAgent('otel-3', agentCode(agent, before, 'await telemetry.shutdown();'), {
    OTEL_EXPORTER_OTLP_ENDPOINT: to,
    FOOTPRINT_SPOOL: 'off',
  });
};

const agents = async (): Promise<string[]> =>
  (await server.rows<AgentRow>('/api/v1/agents')).map(({ agent }) => agent);
const surface = async (agent: string): Promise<Partial<SurfaceRow>[]> =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`))
    .map(({ permission, granted, uses }) => ({ permission, granted, uses }))
    .sort((a, b) => (a.permission ?? '').localeCompare(b.permission ?? ''));
const health = async (): Promise<TelemetryHealth> =>
  server.get<TelemetryHealth>('/api/v1/health/telemetry');
/** Numbers of this agent's producer that never came; undefined where nothing came. */
const missing = async (agent: string): Promise<number | undefined> =>
  (await health()).producers.find((row) => row.agent === agent)?.missing;
const held = [
  { permission: 'tool:delete', granted: true, uses: 0 },
  { permission: 'tool:read', granted: true, uses: 5 },
];

/** The page's configuration of the Collector that names `word`, with the tests' own addresses. */
const config = async (word: string): Promise<string> => {
  const found = (await blocks(PAGE, 'yaml')).filter((code) => code.includes(word));
  expect(found).toHaveLength(1);
  const [code = ''] = found;
  return code.replaceAll(FOOTPRINT, server.url).replaceAll(EXISTING, existing.url);
};

/** Its spans are with the server when it has stopped; a test that fails leaves none running. */
let running: Awaited<ReturnType<typeof startOtelcol>> | undefined;
const startCollector = async (configuration: string): Promise<{ url: string }> => {
  running = await startOtelcol(otelcol ?? '', configuration, folder);
  return running;
};
const stopCollector = async (): Promise<void> => {
  await running?.stop();
  running = undefined;
};
afterEach(stopCollector);

describe.skipIf(otelcol === null)('a Collector between an agent and the server', () => {
  it('fans out to what is there and to Footprint', async () => {
    const collector = await startCollector(await config('otlphttp/existing'));
    await viaCollector('desk-fans-out', collector.url);
    await expect.poll(() => surface('desk-fans-out'), SETTLED).toEqual(held);
    await stopCollector();
    expect(existing.got.map(({ path }) => path)).toContain('/v1/traces');
    expect(await missing('desk-fans-out')).toBe(0);
  });

  it('that filters other spans makes no gap and shows the same use', async () => {
    const before = (await health()).spans;
    const collector = await startCollector(await config(WANTED));
    await viaCollector('desk-filtered', collector.url);
    await expect.poll(() => surface('desk-filtered'), SETTLED).toEqual(held);
    await stopCollector();
    expect(await missing('desk-filtered')).toBe(0);
    // The task, the surface, five decisions and five actions; none of the ten others.
    await expect.poll(async () => (await health()).spans - before, SETTLED).toBe(12);
  });

  it('that loses every third span of the evidence makes gaps that the server shows', async () => {
    const loses = (await config(WANTED)).replace(WANTED, EVERY_THIRD);
    const collector = await startCollector(loses);
    await viaCollector('desk-loses', collector.url);
    await expect.poll(agents, SETTLED).toContain('desk-loses');
    await stopCollector();
    // Numbers 3, 6 and 9 are seen to miss; after 12, the last, nothing came that would show it.
    await expect.poll(() => missing('desk-loses'), SETTLED).toBe(3);
  });
});

describe.skipIf(!langfuse)('beside Langfuse', () => {
  it('both get the spans of the agent, by the page’s lines', async () => {
    const [code = ''] = await blocks(PAGE, 'ts');
    const lines = code.replaceAll(FOOTPRINT, server.url);
    await runAgent('beside', agentCode('desk-langfuse', lines, 'await sdk.shutdown();'), {
      LANGFUSE_PUBLIC_KEY: 'pk-none',
      LANGFUSE_SECRET_KEY: 'sk-none',
      LANGFUSE_BASE_URL: existing.url,
    });
    await expect.poll(() => surface('desk-langfuse'), SETTLED).toEqual(held);
    expect(await missing('desk-langfuse')).toBe(0);
    const got = existing.got.filter(({ path }) => path.includes('/otel/v1/traces'));
    expect(Buffer.concat(got.map(({ body }) => body)).toString('latin1')).toContain(
      'execute_tool read',
    );
  });
});
