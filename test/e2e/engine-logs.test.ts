// The real OPA and Cerbos with the settings of docs/engine-logs.md, sending their own logs to a real server that also hears the agents.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cerbos } from '../../collector/integrations/cerbos.ts';
import { opa } from '../../collector/integrations/opa.ts';
import { task, tool } from '../../collector/index.ts';
import { start } from '../../collector/start.ts';
import { command } from '../collector/packed.ts';
import {
  cerbosInstalled,
  findBinary,
  freePort,
  load,
  POLICY,
  type RunningEngine,
  startEngine,
} from '../collector/integrations/engines.ts';
import { bytesBelow } from './kept-bytes.ts';
import { ROOT, type RunningServer, startServer } from './server.ts';

const opaBinary = findBinary('opa');
const CERBOS = join(POLICY, 'node_modules/@cerbos/cerbos-linux-x64/cerbos-linux-x64');
const CANARY = 'canary-of-an-input-4711';
/** A busy machine and the engines' own delays. */
const SOON = { timeout: 60_000, interval: 500 };

interface DecisionRow {
  decision_id: string;
  agent: string;
  effect: string;
  permission: string | null;
  rules: string[] | null;
  policy_version: string | null;
}

let folder: string;
let server: RunningServer;
let telemetry: ReturnType<typeof start>;
const stops: (() => Promise<unknown>)[] = [];

/** The n-th YAML block of the page, with the server's address for the one that people paste. */
const settings = async (n: number): Promise<string> => {
  const page = await readFile(join(ROOT, 'docs/engine-logs.md'), 'utf8');
  const blocks = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text = '']) => text);
  return (blocks[n] ?? '').replaceAll('127.0.0.1:4318', new URL(server.url).host);
};
const decisions = async (): Promise<DecisionRow[]> =>
  server.rows<DecisionRow>('/api/v1/decisions?since=1970-01-01T00:00:00Z');
const agents = async (): Promise<string[]> =>
  (await server.rows<{ agent: string }>('/api/v1/agents')).map(({ agent }) => agent).sort();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-engine-logs-'));
  server = await startServer();
  telemetry = start({ agent: 'desks', endpoint: server.url });
}, 120_000);
afterAll(async () => {
  for (const stop of stops.reverse()) await stop();
  await telemetry.shutdown();
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

describe.skipIf(!cerbosInstalled)('Cerbos (skipped where its binary is not installed)', () => {
  interface Client {
    checkResource(ask: unknown): Promise<{ isAllowed(action: string): boolean | undefined }>;
  }
  let client: Client;
  let raw: Client;
  let log: string;
  beforeAll(async () => {
    log = join(folder, 'audit.log');
    const [http, grpc] = [await freePort(), await freePort()];
    const config = join(folder, 'cerbos.yaml');
    await writeFile(
      config,
      `${(await settings(2)).replace('/var/log/cerbos/audit.log', log)}
server: { httpListenAddr: '127.0.0.1:${http}', grpcListenAddr: '127.0.0.1:${grpc}' }
storage: { driver: disk, disk: { directory: '${join(POLICY, 'cerbos')}' } }
telemetry: { disabled: true }\n`,
    );
    const url = `http://127.0.0.1:${http}`;
    const running: RunningEngine = await startEngine(
      'env',
      [
        'OTEL_TRACES_EXPORTER=otlp',
        'OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
        `OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}`,
        CERBOS,
        'server',
        '--config',
        config,
      ],
      `${url}/_cerbos/health`,
    );
    stops.push(running.stop);
    const { HTTP } = load<{ HTTP: new (url: string) => Client }>('@cerbos/http');
    raw = new HTTP(url);
    client = cerbos(raw);
  }, 60_000);

  const follow = (): ChildProcess => {
    const cli = join(ROOT, 'server/cli.ts');
    const args = [cli, 'send', 'cerbos', '--follow', '--url', server.url, log];
    const child = spawn(process.execPath, args, { stdio: 'ignore' });
    stops.push(() => ended(child));
    return child;
  };
  const ended = (child: ChildProcess): Promise<void> =>
    new Promise((done) => {
      if (child.exitCode !== null || child.signalCode !== null) return done();
      child.once('exit', () => done());
      child.kill('SIGTERM');
    });
  const ask = (principal: string, requestId: string, actions: string[]) => ({
    principal: { id: principal, roles: ['agent'], attr: { note: CANARY } },
    requestId,
    resource: { kind: 'mail', id: 'm-1', attr: { approved: false, body: CANARY } },
    actions,
  });

  it('tells each decision once, the agent’s with the rules of the log, through a rotation of the file', async () => {
    const first = follow();
    await task({ agent: 'cerbos-desk' }, async () => {
      await client.checkResource(ask('a1', 'rq-1', ['read']));
      await tool({ name: 'read_mail', permission: 'mail:read' }, () => Promise.resolve('ok'));
      await client.checkResource(ask('a1', 'rq-2', ['send', 'delete']));
    });
    await raw.checkResource(ask('lone-agent', 'rq-3', ['read']));
    const told = async () =>
      (await decisions())
        .filter(({ decision_id }) => decision_id.startsWith('rq-'))
        .map(({ decision_id, agent, effect, rules }) => [decision_id, agent, effect, rules])
        .sort();
    const policy = 'resource.mail.vdefault';
    const wanted = [
      ['rq-1', 'cerbos-desk', 'allow', [policy]],
      ['rq-2#0', 'cerbos-desk', 'deny', [policy, `${policy}#send-approved`]],
      ['rq-2#1', 'cerbos-desk', 'deny', [policy]],
      ['rq-3', 'lone-agent', 'allow', [policy]],
    ];
    await expect.poll(told, SOON).toEqual(wanted);

    // Stopped, the file rotated under it, lines in both: nothing is lost and nothing told twice.
    await ended(first);
    const lines = (await readFile(log, 'utf8')).trimEnd().split('\n');
    const entry = (requestId: string, callId: string): string =>
      `${(lines.at(-1) ?? '').replaceAll('rq-3', requestId).replace(/"callId":"[^"]*"/, `"callId":"${callId}"`)}\n`;
    await writeFile(log, `${lines.join('\n')}\n${entry('rq-4', 'call-4')}`);
    await mkdir(join(folder, 'old'), { recursive: true });
    await rename(log, join(folder, 'audit-1.log'));
    await writeFile(log, entry('rq-5', 'call-5'));
    follow();
    await expect
      .poll(told, SOON)
      .toEqual([...wanted, ...['rq-4', 'rq-5'].map((id) => [id, 'lone-agent', 'allow', [policy]])]);
    expect(await agents()).toEqual(['cerbos-desk', 'lone-agent']);
  }, 180_000);
});

describe.skipIf(opaBinary === undefined)('OPA (skipped where no opa was built)', () => {
  it('sends its decision log again until it is kept, and each decision is one', async () => {
    // Away for the first two chunks, as a server that restarts is.
    let refused = 0;
    let kept = 0;
    const front: Server = createServer((request, response) => {
      const parts: Buffer[] = [];
      request.on('data', (part: Buffer) => parts.push(part));
      request.on('end', () => {
        if (refused < 2) {
          refused += 1;
          response.writeHead(503).end();
          return;
        }
        const headers = new Headers();
        for (const name of ['content-type', 'content-encoding']) {
          const value = request.headers[name];
          if (typeof value === 'string') headers.set(name, value);
        }
        const body = new Uint8Array(Buffer.concat(parts));
        const post = () =>
          fetch(server.url + (request.url ?? ''), { method: 'POST', headers, body });
        // Twice, as after an answer that was lost.
        void post()
          .then(post)
          .then(async (answer) => {
            kept += 1;
            response.writeHead(answer.status).end(await answer.text());
          });
      });
    });
    await new Promise<void>((done) => front.listen(0, '127.0.0.1', done));
    stops.push(() => new Promise((done) => front.close(done)));
    const address = front.address();
    const at = typeof address === 'object' && address !== null ? address.port : 0;
    const bundle = join(folder, 'bundle.tar.gz');
    const policy = join(POLICY, 'opa/policy.rego');
    command(opaBinary ?? '', ['build', '--revision', 'desk-7', '-o', bundle, policy], folder);
    const config = join(folder, 'opa.yaml');
    const logs = (await settings(0)).replace(server.url, `http://127.0.0.1:${at}`);
    await writeFile(config, logs + (await settings(1)));
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const args = ['run', '--server', '--addr', `127.0.0.1:${port}`, '--disable-telemetry'];
    const quick = ['min', 'max'].flatMap((end) => [
      '--set',
      `decision_logs.reporting.${end}_delay_seconds=1`,
    ]);
    const more = ['-c', config, '--bundle', bundle, ...quick];
    const running = await startEngine(opaBinary ?? '', [...args, ...more], `${url}/health?bundles`);
    stops.push(running.stop);

    const input = (action: string) => ({
      subject: { type: 'agent', id: 'a9' },
      action: { name: action },
      resource: { type: 'mail', id: 'm-1' },
      context: { approved: false, body: CANARY },
    });
    const client = opa(url, { path: 'authz/decision' });
    await task({ agent: 'opa-desk' }, async () => {
      await client(input('read'));
      await client(input('delete'));
      // A program without the collector: only the trace joins it.
      const { traceId = '', spanId = '' } = trace.getActiveSpan()?.spanContext() ?? {};
      await fetch(`${url}/v1/data/authz/allow`, {
        method: 'POST',
        headers: { traceparent: `00-${traceId}-${spanId}-01` },
        body: JSON.stringify({ input: input('send') }),
      });
    });
    const told = async () =>
      (await decisions())
        .filter(({ agent }) => agent === 'opa-desk' || agent === 'a9' || agent === 'opa')
        .map((row) => [row.agent, row.permission, row.effect, row.policy_version, row.rules ?? []])
        .sort();
    await expect.poll(told, SOON).toEqual([
      ['opa-desk', 'mail:delete', 'deny', 'desk-7', ['never-delete']],
      ['opa-desk', 'mail:read', 'allow', 'desk-7', ['read-anything']],
      ['opa-desk', 'mail:send', 'not_applicable', 'desk-7', []],
    ]);
    await expect.poll(() => kept, SOON).toBeGreaterThan(0);
    expect(refused).toBe(2);
    await expect.poll(agents, SOON).toContain('opa-desk');
    expect((await agents()).filter((agent) => agent === 'opa' || agent === 'a9')).toEqual([]);
  }, 180_000);
});

describe.skipIf(!cerbosInstalled && opaBinary === undefined)('what is kept', () => {
  it('has nothing of any input but the names that are read', async () => {
    await server.stop();
    const kept = bytesBelow(server.data);
    expect(kept.some((bytes) => bytes.includes('footprint.decision.logged'))).toBe(true);
    expect(kept.filter((bytes) => bytes.includes(CANARY))).toEqual([]);
  });
});
