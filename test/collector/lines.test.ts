// The packed collector on both lines of OpenTelemetry's JavaScript SDK, under every Node that it promises to run on.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ENGINES, installPacked, packed } from './packed.ts';
import type { Receiver } from './receiver.ts';
import { startReceiver } from './receiver.ts';

const NODES: Record<string, string> = {
  '20': join(ENGINES, 'packed/node_modules/node-20/bin/node'),
  '22': join(ENGINES, 'packed/node_modules/node-22/bin/node'),
  '24': process.execPath,
};
/** Line 3 asks for Node 22. */
const PAIRS = [
  ['otel-2', '20'],
  ['otel-2', '22'],
  ['otel-2', '24'],
  ['otel-3', '22'],
  ['otel-3', '24'],
] as const;

const missing = PAIRS.filter(
  ([line, node]) =>
    !existsSync(join(ENGINES, line, 'node_modules/@opentelemetry/sdk-node')) ||
    !existsSync(NODES[node] ?? ''),
);
for (const [line, node] of missing)
  process.stderr.write(
    `SKIPPED: ${line} on Node ${node}, which is not installed in test/engines\n`,
  );
const present = PAIRS.filter((pair) => !missing.includes(pair));

/** An agent's work: a decision, a use inside a framework's own span, a token, an approval, a temporary resource. */
const WORK = `
import { trace } from '@opentelemetry/api';
import { approval, authorize, credential, resource, surface, task, tool } from '@footprint/collector';
export const work = () => task({ agent: 'desk', session: 's-1' }, async () => {
  await Promise.resolve();
  surface(['tool:read'], { source: 'policy' });
  const token = credential.issued('opaque-token', { type: 'oauth_access_token', expires_in: 60 });
  const attributes = {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': 'read',
    'gen_ai.tool.call.arguments': '{"to":"the-auditor"}',
    'http.request.header.authorization': 'Bearer abcdefgh12345678',
  };
  await trace.getTracer('framework').startActiveSpan('execute_tool read', { attributes }, async (span) => {
    const decision = authorize({ permission: 'tool:read' }, () => true);
    await tool({ name: 'read', decision, credential: token }, () => Promise.resolve(1));
    span.end();
  });
  const asked = authorize({ permission: 'tool:drop' }, () => ({ effect: 'require_approval' }));
  await approval({ permission: 'tool:drop', decision: asked }, async () => false);
  await resource({ type: 'file', id: 'f-1' }, async () => 1, async () => undefined);
  credential.revoked(token);
});
`;
const NAMES = [
  'surface_snapshot',
  'issue_credential oauth_access_token',
  'authorize tool:read',
  'execute_tool read',
  'authorize tool:drop',
  'request_approval tool:drop',
  'acquire file',
  'revoke_credential oauth_access_token',
  'cleanup file',
  'invoke_agent desk',
];

const STARTED = `
import { start } from '@footprint/collector/start';
import { work } from './work.mjs';
const telemetry = start({ agent: 'desk' });
await work();
await telemetry.shutdown();
`;
const JOINED = `
import { NodeSDK } from '@opentelemetry/sdk-node';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { processor } from '@footprint/collector/processor';
import { start } from '@footprint/collector/start';
import { work } from './work.mjs';
const traces = await import('@opentelemetry/sdk-trace').catch(() => import('@opentelemetry/sdk-trace-base'));
const exporter = new OTLPTraceExporter();
const single = 'TracerProvider' in traces;
const exporting = single ? new traces.BatchSpanProcessor({ exporter }) : new traces.BatchSpanProcessor(exporter);
new NodeSDK({ spanProcessors: [processor(), exporting], logRecordProcessors: [], metricReaders: [] }).start();
const telemetry = start();
if (!telemetry.joined) throw new Error('not joined');
await work();
await telemetry.shutdown();
`;

let receiver: Receiver;
const folders: Record<string, string> = {};
beforeAll(async () => {
  receiver = await startReceiver();
  const tarball = await packed();
  for (const line of ['otel-2', 'otel-3']) {
    const folder = await mkdtemp(join(tmpdir(), 'footprint-lines-'));
    folders[line] = folder;
    installPacked(tarball, folder, line);
    await writeFile(join(folder, 'work.mjs'), WORK);
    await writeFile(join(folder, 'started.mjs'), STARTED);
    await writeFile(join(folder, 'joined.mjs'), JOINED);
  }
}, 180_000);
afterAll(async () => {
  await receiver.close();
  for (const folder of Object.values(folders)) await rm(folder, { recursive: true, force: true });
});

const run = (line: string, node: string, file: string): Promise<string> =>
  new Promise((resolve) => {
    const cwd = folders[line] ?? '';
    const child = spawn(NODES[node] ?? '', [file], {
      cwd,
      env: {
        PATH: process.env['PATH'],
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        FOOTPRINT_SPOOL: 'off',
      },
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('close', (code) => resolve(code === 0 ? said : `${said}\nended with ${code ?? ''}`));
  });

describe.each(present)('the packed collector on %s under Node %s', (line, node) => {
  it.each(['started.mjs', 'joined.mjs'])('records everything (%s)', async (file) => {
    receiver.clear();
    expect(await run(line, node, file)).toBe('');
    const spans = receiver.spans();
    expect(spans.map(({ name }) => name).sort()).toEqual([...NAMES].sort());
    const sequence = spans
      .map(({ attributes }) => Number(attributes['footprint.producer.seq']))
      .sort((a, b) => a - b);
    expect(sequence).toEqual(NAMES.map((_, index) => index + 1));
    const named = (name: string) => spans.find((span) => span.name === name)?.attributes;
    expect(named('execute_tool read')).toMatchObject({
      'gen_ai.agent.name': 'desk',
      'footprint.session.id': 's-1',
      'footprint.permission': 'tool:read',
      'footprint.decision.id': named('authorize tool:read')?.['footprint.decision.id'],
      'footprint.credential.fingerprint': expect.stringMatching(/^fp_[0-9a-f]{32}$/) as string,
      'http.request.header.authorization': expect.stringMatching(/^\[fp_[0-9a-f]{32}\]$/) as string,
    });
    expect(named('cleanup file')?.['footprint.cleanup.outcome']).toBe('deleted');
    const told = JSON.stringify(spans);
    expect(told).not.toMatch(/opaque-token|abcdefgh12345678/);
    // What other libraries say of content leaves by an exporter of ours only where it is asked for.
    if (file === 'started.mjs') expect(told).not.toContain('the-auditor');
  });
});

describe.skipIf(missing.length > 0)('an API 1.10 beside an SDK that registered by 1.9', () => {
  it('is told through diag and by Node’s warning, by the door as well as by start', async () => {
    const cwd = folders['otel-3'] ?? '';
    const older = join(ENGINES, 'otel-2/node_modules/@opentelemetry/');
    await writeFile(
      join(cwd, 'mismatch.mjs'),
      `import { createRequire } from 'node:module';
      const older = createRequire('${older}');
      const { diag, trace } = older('@opentelemetry/api');
      const { BasicTracerProvider } = older('@opentelemetry/sdk-trace-base');
      const warn = (text) => console.log('diag: ' + text);
      diag.setLogger({ warn, error: warn, info() {}, debug() {}, verbose() {} });
      trace.setGlobalTracerProvider(new BasicTracerProvider());
      const { authorize } = await import('@footprint/collector');
      authorize({ permission: 'a' }, () => true);
      authorize({ permission: 'a' }, () => true);
      const { start } = await import('@footprint/collector/start');
      console.log('joined: ' + start().joined);`,
    );
    const said = await run('otel-3', '24', 'mismatch.mjs');
    expect(said.match(/diag: footprint: .*nothing is recorded/g)).toHaveLength(1);
    expect(said).toContain('1.9.1');
    expect(said.match(/FOOTPRINT_API_MISMATCH/g)).toHaveLength(1);
    expect(said).toContain('joined: false');
  });
});
