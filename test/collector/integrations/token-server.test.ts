// Token integrations end to end: what the server shows of an agent's tokens, that it keeps no secret, and each page's snippet.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionRow, SurfaceRow, TokenRow } from '../../../server/api/contract.ts';
import { bytesBelow } from '../../e2e/kept-bytes.ts';
import type { RunningServer } from '../../e2e/server.ts';
import { ROOT, runScript, startServer } from '../../e2e/server.ts';
import type { AuthorizationServer } from '../../engines/credentials/authorization-server.ts';
import { startAuthorizationServer } from '../../engines/credentials/authorization-server.ts';
import { ENGINES, installPacked, packed } from '../packed.ts';

const SETTLED = { timeout: 60_000, interval: 250 };
const MINUTES = 240_000;
const ENGINE = 'otel-3';
const possible = existsSync(join(ENGINES, ENGINE, 'node_modules/@opentelemetry/sdk-node'));
const CLIENT_SECRET = 'canary-page-secret-8x2q';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
}, MINUTES);
afterAll(() => server.remove());

const tokensOf = (agent: string): Promise<TokenRow[]> =>
  server.rows<TokenRow>(`/api/v1/tokens?agent=${agent}`);
const toEnvironment = () => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
  FOOTPRINT_FINGERPRINT_KEY: 'the key of the tests',
  FOOTPRINT_SPOOL: 'off',
});

describe('the pages of the token integrations', () => {
  let folder: string;
  let authorization: AuthorizationServer;
  beforeAll(async () => {
    if (!possible) return;
    const secrets = { agent: CLIENT_SECRET, tools: 'tools-secret', signing: 'signing-key' };
    authorization = await startAuthorizationServer(secrets);
    folder = await mkdtemp(join(tmpdir(), 'footprint-token-pages-'));
    installPacked(await packed(), folder, ENGINE);
    const modules = join(ENGINES, 'credentials/node_modules');
    for (const name of readdirSync(modules))
      if (!name.startsWith('.') && !existsSync(join(folder, 'node_modules', name)))
        symlinkSync(join(modules, name), join(folder, 'node_modules', name));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    const started = `import { start } from '@footprint/collector/start'; start();`;
    await writeFile(join(folder, 'started.ts'), started);
  }, MINUTES);
  afterAll(async () => {
    if (!possible) return;
    await authorization.close();
    await rm(folder, { recursive: true, force: true });
  });

  const run = async (name: string): Promise<string> => {
    const page = await readFile(join(ROOT, `collector/docs/${name}.md`), 'utf8');
    const snippets = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);
    expect(snippets).toHaveLength(1);
    await writeFile(join(folder, `${name}.ts`), snippets[0] ?? '');
    const child = spawn(process.execPath, ['--import', './started.ts', `${name}.ts`], {
      cwd: folder,
      env: {
        PATH: process.env['PATH'],
        ISSUER: authorization.issuer,
        CLIENT_SECRET,
        ...toEnvironment(),
      },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect([code, code === 0 ? '' : err]).toEqual([0, '']);
    return out;
  };

  it.skipIf(!possible)('OAuth clients', { timeout: MINUTES }, async () => {
    await run('oauth');
    await expect
      .poll(() => tokensOf('desk-oauth'), SETTLED)
      .toMatchObject([
        {
          type: 'oauth_access_token',
          issuer: authorization.issuer,
          audience: 'urn:tool:calendar',
          scopes: ['calendar:read'],
          scopes_requested: ['calendar:read', 'mail:send'],
          session: 's-91',
          revoked_at: expect.any(String) as unknown,
        },
      ]);
  });

  it.skipIf(!possible)('oidc-provider', { timeout: MINUTES }, async () => {
    await run('oidc-provider');
    await expect
      .poll(() => tokensOf('desk-mailer'), SETTLED)
      .toMatchObject([
        {
          type: 'oauth_access_token',
          scopes: ['mail:send'],
          revoked_at: expect.any(String) as unknown,
        },
      ]);
  });

  it.skipIf(!possible)('jose', { timeout: MINUTES }, async () => {
    expect(await run('jose')).toBe('mail:send\n');
    await expect
      .poll(() => tokensOf('desk-signs'), SETTLED)
      .toMatchObject([
        { type: 'jwt', issuer: 'https://as.example', scopes: ['mail:send'], uses: 1, life_s: 300 },
      ]);
  });
  if (!possible) it.skip(`is not run, since test/engines/${ENGINE} is not installed`, () => {});
});

describe('an agent with its authorization server', () => {
  it(
    'shows tokens, grants, uses, denials and chains, and no secret is kept',
    { timeout: MINUTES },
    async () => {
      const said = await runScript(
        'test/collector/integrations/token-agent.ts',
        [],
        toEnvironment(),
      );
      const secrets = JSON.parse(said.trim().split('\n').at(-1) ?? '') as string[];
      expect(secrets.length).toBeGreaterThan(20);
      await expect.poll(async () => (await tokensOf('desk')).length, SETTLED).toBe(10);
      const tokens = await tokensOf('desk');
      const about = (scope: string) => tokens.filter(({ scopes }) => scopes.includes(scope));

      const [read, ...others] = about('calendar:read');
      expect(others).toEqual([]);
      // Asked for two, got one, and the tool is its one use.
      expect(read).toMatchObject({
        scopes_requested: ['calendar:read', 'mail:send'],
        scopes_used: ['calendar:read'],
        revoked_at: expect.any(String) as unknown,
        used_after_end: 0,
      });
      expect(read?.uses).toBeGreaterThanOrEqual(1);
      const none = tokens.find(({ scopes_requested }) => scopes_requested.includes('unheard:of'));
      expect(none).toMatchObject({ scopes: [], uses: 0 });
      const refreshed = tokens.filter(({ type }) => type === 'oauth_refresh_token');
      expect(refreshed.map(({ uses, revoked_at }) => [uses, revoked_at !== null]).sort()).toEqual([
        [0, false],
        [1, true],
      ]);
      const mail = about('mail:send');
      expect(mail).toMatchObject([{ type: 'jwt', audience: 'urn:tool:mail', uses: 1 }]);

      const denied = await server.rows<DecisionRow>('/api/v1/decisions?agent=desk&effect=deny');
      expect(denied.map(({ permission, reason }) => [permission, reason])).toEqual(
        expect.arrayContaining([['oauth:mail:delete', 'invalid_scope']]),
      );
      const surface = await server.rows<SurfaceRow>('/api/v1/agents/desk/surface');
      const uses = new Map(surface.map(({ permission, uses }) => [permission, uses]));
      expect(uses.get('oauth:calendar:read')).toBe(1);
      expect(uses.get('oauth:calendar:write')).toBe(0);

      const answers = await Promise.all(
        ['tokens', 'decisions', 'surface', 'sessions', 'agents', `sessions/token-session`].map(
          async (path) => JSON.stringify(await server.get(`/api/v1/${path}`)),
        ),
      );
      await server.stop();
      const kept = [...bytesBelow(server.data), ...answers.map((text) => Buffer.from(text))];
      expect(kept.some((bytes) => bytes.includes('issue_credential'))).toBe(true);
      const leaked = secrets.filter(
        (secret) => secret.length >= 8 && kept.some((bytes) => bytes.includes(secret)),
      );
      expect(leaked).toEqual([]);
      expect(server.said()).not.toContain(CLIENT_SECRET);
    },
  );
});
