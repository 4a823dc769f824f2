// The pages of the framework integrations: each snippet is checked by types and run, from the packed package.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SurfaceRow } from '../../../server/api/contract.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { ROOT, startServer } from '../../e2e/server.ts';
import { ENGINES, installPacked, packed } from '../packed.ts';
import { FRAMEWORKS, has } from './frameworks.ts';

const SETTLED = { timeout: 20_000, interval: 250 };
/** Types of four frameworks are checked, on a machine that may be busy. */
const PAGE_MS = 120_000;
const ENGINE = 'otel-3';
const PACKAGES = ['@modelcontextprotocol', '@langchain', '@openai', 'ai', 'langchain', 'zod'];
const here = existsSync(join(ENGINES, ENGINE, 'node_modules/@opentelemetry/sdk-node'));
if (!here) process.stderr.write(`SKIPPED: pages, since test/engines/${ENGINE} is not installed\n`);
const possible = here && has('ai') && has('langchain') && has('@openai/agents');

let server: RunningServer;
let folder: string;
beforeAll(async () => {
  if (!possible) return;
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), 'footprint-pages-'));
  mkdirSync(join(folder, 'node_modules'));
  installPacked(await packed(), folder, ENGINE);
  for (const name of PACKAGES)
    symlinkSync(join(FRAMEWORKS, 'node_modules', name), join(folder, 'node_modules', name));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(folder, 'node_modules/@types'));
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

const run = (command: string, args: readonly string[]) =>
  spawnSync(command, args, {
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: process.env['PATH'],
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
      FOOTPRINT_SPOOL: 'off',
    },
  });

describe.skipIf(!possible)('the page of', () => {
  it.each([
    {
      page: 'mcp',
      agent: 'desk-mcp',
      used: 'mcp.notes:read_note',
      unused: 'mcp.notes:delete_note',
    },
    { page: 'ai-sdk', agent: 'desk-ai-sdk', used: 'tool:read_note', unused: 'tool:send_mail' },
    {
      page: 'langchain',
      agent: 'desk-langchain',
      used: 'tool:read_note',
      unused: 'tool:send_mail',
    },
    {
      page: 'openai-agents',
      agent: 'desk-openai',
      used: 'tool:read_note',
      unused: 'tool:send_mail',
    },
  ])(
    '$page shows one tool granted and used, and one granted alone',
    async (row) => {
      const { page, agent, used, unused } = row;
      const text = await readFile(join(ROOT, `collector/docs/${page}.md`), 'utf8');
      const snippets = [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
      expect(snippets).toHaveLength(1);
      const file = `${page}.ts`;
      await writeFile(join(folder, file), snippets[0] ?? '');
      const flags = ['--module', 'nodenext', '--target', 'es2022', '--strict', '--noEmit'];
      const tsc = join(ROOT, 'node_modules/.bin/tsc');
      const checked = run(tsc, [...flags, '--skipLibCheck', '--types', 'node', file]);
      expect(checked.stdout).toBe('');
      const done = run(process.execPath, ['--import', './started.ts', file]);
      // What OpenAI's own exporter says, which has no key here.
      expect(done.stderr.replace(/^No API key provided for OpenAI tracing.*\n/, '')).toBe('');
      expect(done.status).toBe(0);
      const rows = async () =>
        (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`))
          .map(({ permission, granted, uses }) => `${permission} ${granted} ${uses}`)
          .sort();
      const two = [`${used} true 1`, `${unused} true 0`].sort();
      await expect.poll(rows, SETTLED).toEqual(two);
    },
    PAGE_MS,
  );
});
