// The pages of the policy engines: each snippet is run from the packed package, and the server shows what it recorded.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { ROOT, startServer } from '../../e2e/server.ts';
import { ENGINES, installPacked, packed } from '../packed.ts';
import { installed, POLICY } from './engines.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const LINE = 'otel-3';
const possible =
  installed && existsSync(join(ENGINES, LINE, 'node_modules/@opentelemetry/sdk-node'));

type Shown = Pick<
  DecisionRow,
  'permission' | 'effect' | 'executed' | 'rules' | 'reason' | 'engine' | 'policy' | 'policy_version'
>;

interface Page {
  name: string;
  agent: string;
  /** Decisions as the server shows them, in the order of their permissions. */
  shows: Partial<Shown>[];
}

/** What each page's snippet leaves in the server. */
const PAGES: Page[] = [
  {
    name: 'cedar',
    agent: 'desk-cedar',
    shows: [
      {
        permission: 'mail:read',
        effect: 'allow',
        executed: true,
        rules: ['read-mail'],
        reason: 'permitted',
        engine: 'cedar',
        policy: 'desk',
        policy_version: '2026-11',
      },
      {
        permission: 'mail:send',
        effect: 'deny',
        executed: false,
        rules: [],
        reason: 'default_deny',
        engine: 'cedar',
      },
    ],
  },
];

let server: RunningServer;
let folder: string;
beforeAll(async () => {
  if (!possible) return;
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'footprint-engines-'));
  installPacked(await packed(), folder, LINE);
  for (const name of readdirSync(join(POLICY, 'node_modules')))
    if (!name.startsWith('.') && name !== '@opentelemetry')
      symlinkSync(join(POLICY, 'node_modules', name), join(folder, 'node_modules', name));
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

/** The one snippet of a page, run by an agent that has started the collector. */
const run = async (name: string): Promise<void> => {
  const page = await readFile(join(ROOT, 'collector/docs', `${name}.md`), 'utf8');
  const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  expect(snippets).toHaveLength(1);
  await writeFile(join(folder, `${name}.ts`), snippets[0] ?? '');
  const done = spawnSync(process.execPath, ['--import', './started.ts', `${name}.ts`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      FOOTPRINT_SPOOL: 'off',
    },
  });
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
};

describe.skipIf(!possible)('a page (skipped where test/engines is not installed)', () => {
  it.each(PAGES)(
    'of $name shows its decisions in the server',
    async ({ name, agent, shows }) => {
      await run(name);
      const rows = (): Promise<DecisionRow[]> =>
        server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`);
      await expect.poll(async () => (await rows()).length, SETTLED).toBe(shows.length);
      const shown = await rows();
      expect(
        shown.sort((one, other) => (one.permission ?? '').localeCompare(other.permission ?? '')),
      ).toMatchObject(shows);
    },
    120_000,
  );
});
