// The collector's page: every snippet is run, from the packed package, and the server shows what it says.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, DecisionRow, SurfaceRow, TokenRow } from '../../server/api/contract.ts';
import { ENGINES, installPacked, packed } from '../collector/packed.ts';
import type { RunningServer } from './server.ts';
import { ROOT, startServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const ENGINE = 'otel-3';
const possible = existsSync(join(ENGINES, ENGINE, 'node_modules/@opentelemetry/sdk-node'));
if (!possible)
  process.stderr.write(
    `SKIPPED: the collector's page, since test/engines/${ENGINE} is not installed\n`,
  );

let server: RunningServer;
let folder: string;
let snippets: string[];
beforeAll(async () => {
  const page = await readFile(join(ROOT, 'collector/README.md'), 'utf8');
  snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  if (!possible) return;
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'footprint-page-'));
  installPacked(await packed(), folder, ENGINE);
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(folder, 'started.ts'),
    `import { start } from '@footprint/collector/start'; start({ agent: 'desk' });`,
  );
}, 240_000);
afterAll(async () => {
  if (!possible) return;
  await server.remove();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the snippet that calls `word`; one that starts no SDK itself is run in an agent that has started. */
const run = async (word: string): Promise<string> => {
  const found = snippets.filter((code) => code.includes(word));
  expect(found).toHaveLength(1);
  const [code = ''] = found;
  await writeFile(join(folder, 'snippet.ts'), code);
  const starts = code.includes('start(');
  const done = spawnSync(
    process.execPath,
    [...(starts ? [] : ['--import', './started.ts']), 'snippet.ts'],
    {
      cwd: folder,
      encoding: 'utf8',
      env: {
        PATH: process.env['PATH'],
        OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
        FOOTPRINT_SPOOL: 'off',
      },
    },
  );
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
  return done.stdout;
};
const agents = async (): Promise<string[]> =>
  (await server.rows<AgentRow>('/api/v1/agents')).map(({ agent }) => agent);
const decisions = (agent: string): Promise<DecisionRow[]> =>
  server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`);
const surfaceOf = (agent: string): Promise<SurfaceRow[]> =>
  server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`);

describe.skipIf(!possible)('the page of the collector', () => {
  it('starts an agent that runs no OpenTelemetry, and joins one that does', async () => {
    await run("start({ agent: 'desk-assistant' })");
    await run('processor()');
    await expect
      .poll(agents, SETTLED)
      .toEqual(expect.arrayContaining(['desk-assistant', 'desk-with-sdk']));
  });

  it('shows a task', async () => {
    expect(await run("task(about, async () => 'refunded')")).toBe('refunded\n');
    await expect.poll(agents, SETTLED).toContain('desk-task');
  });

  it('shows decisions, and a use only of what was allowed', async () => {
    await run("agent: 'desk-decides'");
    await expect.poll(() => decisions('desk-decides'), SETTLED).toHaveLength(2);
    const told = (await decisions('desk-decides')).map(
      ({ permission, effect, executed, rules }) => ({ permission, effect, executed, rules }),
    );
    expect(told).toEqual(
      expect.arrayContaining([
        { permission: 'notes:read', effect: 'allow', executed: true, rules: ['read-anything'] },
        { permission: 'notes:delete', effect: 'deny', executed: false, rules: [] },
      ]),
    );
  });

  it('shows an approval that was answered later on the decision that required it', async () => {
    expect(await run('approval.answered(')).toBe('true\n');
    await expect
      .poll(async () => (await decisions('desk-asks'))[0], SETTLED)
      .toMatchObject({ effect: 'require_approval', approval_outcome: 'approved', tier: 'single' });
  });

  it('shows tokens by fingerprint, with what was asked for and granted', async () => {
    await run('credential.issued(');
    await expect
      .poll(() => server.rows<TokenRow>('/api/v1/tokens?agent=desk-tokens'), SETTLED)
      .toHaveLength(2);
    const tokens = await server.rows<TokenRow>('/api/v1/tokens?agent=desk-tokens');
    expect(JSON.stringify(tokens)).not.toContain('the-token-as-the-server-gave-it');
  });

  it('shows the making of a temporary resource as a use, and the thing is gone', async () => {
    const path = (await run('resource(')).trim();
    expect(path).toMatch(/^\/tmp\/desk-/);
    expect(existsSync(path)).toBe(false);
    await expect
      .poll(() => surfaceOf('desk-cleans'), SETTLED)
      .toMatchObject([{ permission: 'fs:create', uses: 1 }]);
  });

  it('shows a surface', async () => {
    await run("surface(held, { source: 'policy'");
    await expect
      .poll(
        async () => (await surfaceOf('desk-holds')).map(({ permission }) => permission).sort(),
        SETTLED,
      )
      .toEqual(['crm:read', 'mail:send']);
  });
});
