// Agents in Python and Go with the instrumentation that people run, and the page for any language: its examples are run.
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DecisionRow, SessionRow, SurfaceRow, TokenRow } from '../../server/api/contract.ts';
import type { Listener } from '../engines/toolchains.ts';
import {
  blocks,
  findGoAgent,
  findPython,
  hasGo,
  runProgram,
  startModel,
} from '../engines/toolchains.ts';
import type { RunningServer } from './server.ts';
import { ROOT, startServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const PAGE = 'docs/any-language.md';
const python = findPython();
const goAgent = findGoAgent();

let server: RunningServer;
let model: Listener;
let folder: string;
beforeAll(async () => {
  server = await startServer();
  model = await startModel();
  folder = await mkdtemp(join(tmpdir(), 'footprint-languages-'));
});
afterAll(async () => {
  await server.remove();
  await model.close();
  await rm(folder, { recursive: true, force: true });
});

type Protocol = 'http' | 'grpc';
const environment = (agent: string, protocol: Protocol = 'http'): Record<string, string> => ({
  OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? server.grpc_url : server.url,
  OTEL_SERVICE_NAME: agent,
  OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=production',
  FOOTPRINT_FINGERPRINT_KEY: 'a key for the tests',
  OPENAI_BASE_URL: `${model.url}/v1`,
});
const surface = async (agent: string): Promise<Partial<SurfaceRow>[]> =>
  (await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`))
    .map(({ permission, granted, uses, granted_by }) => ({ permission, granted, uses, granted_by }))
    .sort((a, b) => a.permission.localeCompare(b.permission));
const sessions = async (agent: string): Promise<string[]> =>
  (await server.rows<SessionRow>(`/api/v1/sessions?agent=${agent}`)).map(({ session }) => session);
const decisions = async (agent: string): Promise<Partial<DecisionRow>[]> =>
  (await server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`))
    .map(({ permission, effect, executed }) => ({ permission, effect, executed }))
    .sort((a, b) => (a.permission ?? '').localeCompare(b.permission ?? ''));
const tokens = async (agent: string): Promise<Partial<TokenRow>[]> =>
  (await server.rows<TokenRow>(`/api/v1/tokens?agent=${agent}`)).map(({ type, scopes, uses }) => ({
    type,
    scopes,
    uses,
  }));

/** What the tool lists of both agents grant, and the one tool that they called. */
const offered = [
  { permission: 'tool:delete_order', granted: true, uses: 0, granted_by: ['tool_list'] },
  { permission: 'tool:read_order', granted: true, uses: 1, granted_by: ['tool_list'] },
];
/** What the page's examples tell: a policy grants two, a token's scope one of them, and that one was used. */
const held = [
  { permission: 'oauth:orders.delete', granted: true, uses: 0, granted_by: ['policy'] },
  { permission: 'oauth:orders.read', granted: true, uses: 1, granted_by: ['policy', 'token'] },
];
const read = { permission: 'oauth:orders.read', effect: 'allow', executed: true };
const token = { type: 'oauth_access_token', scopes: ['orders.read'], uses: 1 };

describe.skipIf(python === null)('an agent in Python', () => {
  it.each([
    ['openinference', 'http'],
    ['openinference', 'grpc'],
    ['openllmetry', 'http'],
    ['openllmetry', 'grpc'],
  ] as const)(
    'on LangChain with %s over %s shows its session, the tools that it was offered and the one it used',
    async (dialect, protocol) => {
      const agent = `desk-${dialect}-${protocol}`;
      const file = join(ROOT, 'test/engines/python/agent.py');
      const said = await runProgram(python ?? '', [file, dialect, protocol, `s-${dialect}`], {
        env: environment(agent, protocol),
      });
      expect(said).toBe('It is paid.\n');
      await expect.poll(() => surface(agent), SETTLED).toEqual(offered);
      expect(await sessions(agent)).toEqual([`s-${dialect}`]);
    },
  );

  it('by the page’s example shows what it holds, its decisions, its use and its token', async () => {
    const [, code = ''] = await blocks(PAGE, 'py');
    await writeFile(join(folder, 'example.py'), code);
    const env = environment('python-agent');
    await runProgram(python ?? '', [join(folder, 'example.py')], { env });
    await expect.poll(() => surface('python-agent'), SETTLED).toMatchObject(held);
    expect(await sessions('python-agent')).toEqual(['s-py']);
    const denied = { permission: 'oauth:orders.delete', effect: 'deny', executed: false };
    expect(await decisions('python-agent')).toEqual([denied, read]);
    expect(await tokens('python-agent')).toEqual([token]);
  });

  it('is instrumented by the page’s lines for a framework', async () => {
    const [code = ''] = await blocks(PAGE, 'py');
    await writeFile(join(folder, 'framework.py'), `${code}print("instrumented")\n`);
    const env = environment('unused');
    expect(await runProgram(python ?? '', [join(folder, 'framework.py')], { env })).toBe(
      'instrumented\n',
    );
  });
});

describe.skipIf(goAgent === null)('an agent in Go', () => {
  it.each(['http', 'grpc'] as const)(
    'over %s shows its session, its tools, its decision and its token',
    async (protocol) => {
      const agent = `desk-go-${protocol}`;
      const session = `s-go-${protocol}`;
      await runProgram(goAgent ?? '', [protocol, session], { env: environment(agent, protocol) });
      const scope = {
        permission: 'oauth:orders.read',
        granted: true,
        uses: 0,
        granted_by: ['token'],
      };
      await expect.poll(() => surface(agent), SETTLED).toEqual([scope, ...offered]);
      expect(await sessions(agent)).toEqual([session]);
      expect(await decisions(agent)).toEqual([{ ...read, permission: 'tool:read_order' }]);
      expect(await tokens(agent)).toEqual([token]);
    },
  );

  it.skipIf(!hasGo())('by the page’s example shows the same of what it holds', async () => {
    const [code = ''] = await blocks(PAGE, 'go');
    const modules = join(ROOT, 'test/engines/go/agent');
    for (const file of ['go.mod', 'go.sum'])
      await copyFile(join(modules, file), join(folder, file));
    await writeFile(join(folder, 'main.go'), code);
    await runProgram('go', ['run', '.'], { env: environment('go-agent'), cwd: folder });
    await expect.poll(() => surface('go-agent'), SETTLED).toMatchObject(held);
    expect(await sessions('go-agent')).toEqual(['s-go']);
    expect(await decisions('go-agent')).toEqual([read]);
    expect(await tokens('go-agent')).toEqual([token]);
  });
});

describe('anything that can post', () => {
  it('by the page’s example shows a decision and its use', async () => {
    const [, code = ''] = await blocks(PAGE, 'sh');
    expect(await runProgram('sh', ['-c', code], { env: environment('unused') })).toMatch(/^\{/);
    await expect.poll(() => decisions('curl-agent'), SETTLED).toEqual([read]);
    await expect
      .poll(() => surface('curl-agent'), SETTLED)
      .toMatchObject([{ permission: 'oauth:orders.read', granted: false, uses: 1 }]);
  });
});
