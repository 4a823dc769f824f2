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
import { cerbosInstalled, findBinary, installed, POLICY } from './engines.ts';
import { makeStore } from './openfga-store.ts';
import type { PolicyServer } from './servers.ts';
import { startCerbos, startOpa, startOpenfga } from './servers.ts';

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
  /** The address that the page names, and what starts the real server that stands there in the test. */
  at?: string;
  start?: () => Promise<PolicyServer & { env?: Record<string, string> }>;
  /** Decisions as the server shows them, in the order of their permissions. */
  shows: Partial<Shown>[];
}

const opaBinary = findBinary('opa');
const fgaBinary = findBinary('openfga');
const used = { effect: 'allow', executed: true, reason: 'permitted' } as const;
const refused = { effect: 'deny', executed: false } as const;

/** What each page's snippet leaves in the server; a page whose engine is not there is skipped by name. */
const PAGES: Page[] = [
  {
    name: 'cedar',
    shows: [
      {
        ...used,
        permission: 'mail:read',
        rules: ['read-mail'],
        engine: 'cedar',
        policy: 'desk',
        policy_version: '2026-11',
      },
      { ...refused, permission: 'mail:send', rules: [], reason: 'default_deny', engine: 'cedar' },
    ],
  },
  {
    name: 'casbin',
    shows: [
      {
        ...used,
        permission: 'calendar:read',
        rules: ['desk, calendar/*, read'],
        engine: 'casbin',
        policy: 'desk',
        policy_version: '3',
      },
      { ...refused, permission: 'calendar:write', rules: [], reason: 'default_deny' },
    ],
  },
  {
    name: 'cerbos',
    at: 'http://127.0.0.1:3592',
    start: startCerbos,
    shows: [
      { ...refused, permission: 'mail:delete', reason: 'denied', engine: 'cerbos' },
      {
        ...used,
        permission: 'mail:read',
        rules: ['resource.mail.vdefault'],
        engine: 'cerbos',
        policy: 'resource.mail.vdefault',
        policy_version: 'default',
      },
    ],
  },
  {
    name: 'authzen',
    at: 'http://127.0.0.1:3592',
    start: startCerbos,
    shows: [
      { ...refused, permission: 'mail:delete', reason: 'denied', engine: 'authzen' },
      { ...used, permission: 'mail:read', rules: [], engine: 'authzen' },
    ],
  },
  {
    name: 'opa',
    at: 'http://127.0.0.1:8181',
    start: () => startOpa(opaBinary ?? ''),
    shows: [
      { ...refused, permission: 'mail:delete', rules: ['never-delete'], reason: 'forbidden' },
      {
        ...used,
        permission: 'mail:read',
        rules: ['read-anything'],
        engine: 'opa',
        policy: 'authz/decision',
        policy_version: 'desk-7',
      },
    ],
  },
  {
    name: 'openfga',
    at: 'http://127.0.0.1:8080',
    start: async () => {
      const fga = await startOpenfga(fgaBinary ?? '');
      const { storeId } = await makeStore(fga.url);
      return { ...fga, env: { FGA_STORE_ID: storeId } };
    },
    shows: [
      { ...used, permission: 'document:reader', rules: ['document#reader'], engine: 'openfga' },
      { ...refused, permission: 'document:writer', rules: [], reason: 'default_deny' },
    ],
  },
];
const absent = new Set([
  ...(cerbosInstalled ? [] : ['cerbos', 'authzen']),
  ...(opaBinary === undefined ? ['opa'] : []),
  ...(fgaBinary === undefined ? ['openfga'] : []),
]);

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

/** The one snippet of a page. */
const snippetOf = async (name: string): Promise<string> => {
  const page = await readFile(join(ROOT, 'collector/docs', `${name}.md`), 'utf8');
  const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
  expect(snippets).toHaveLength(1);
  return snippets[0] ?? '';
};

/** A page's snippet, run by an agent that has started the collector. */
const run = async ({ name, at, start }: Page): Promise<void> => {
  const code = await snippetOf(name);
  const engine = await start?.();
  await writeFile(join(folder, `${name}.ts`), code.replace(at ?? '', engine?.url ?? ''));
  const done = spawnSync(process.execPath, ['--import', './started.ts', `${name}.ts`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      FOOTPRINT_SPOOL: 'off',
      ...engine?.env,
    },
  });
  await engine?.stop();
  expect(done.stderr).toBe('');
  expect(done.status).toBe(0);
};

describe.skipIf(!possible)('a page (skipped where test/engines is not installed)', () => {
  for (const page of PAGES) {
    const { name, shows } = page;
    const missing = absent.has(name);
    const about = missing ? `of ${name} (skipped: its server is not there)` : `of ${name}`;
    it.skipIf(missing)(
      `${about} shows its decisions in the server`,
      async () => {
        await run(page);
        const rows = (): Promise<DecisionRow[]> =>
          server.rows<DecisionRow>(`/api/v1/decisions?agent=desk-${name}`);
        await expect.poll(async () => (await rows()).length, SETTLED).toBe(shows.length);
        const permission = (row: DecisionRow): string => row.permission ?? '';
        const shown = (await rows()).sort((one, other) =>
          permission(one).localeCompare(permission(other)),
        );
        expect(shown).toMatchObject(shows);
      },
      120_000,
    );
  }

  it('of each engine is right in its types, with the engine’s own', async () => {
    const files = PAGES.map(({ name }) => `${name}-types.ts`);
    for (const [index, { name }] of PAGES.entries())
      await writeFile(join(folder, files[index] ?? ''), await snippetOf(name));
    const how = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit'];
    const types = [
      '--skipLibCheck',
      '--types',
      'node',
      '--typeRoots',
      join(ROOT, 'node_modules/@types'),
    ];
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const done = spawnSync(tsc, [...how, ...types, ...files], { cwd: folder, encoding: 'utf8' });
    expect(done.stdout).toBe('');
  }, 120_000);
});
