// `npm run demo` against the running server: what its six agents were granted, used and refused, and how it is started.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  AgentRow,
  DecisionRow,
  SessionDetail,
  SessionRow,
  SurfaceRow,
  TelemetryHealth,
  TokenRow,
} from '../../server/api/contract.ts';
import { bytesBelow } from './kept-bytes.ts';
import type { RunningServer } from './server.ts';
import { ROOT, startServer } from './server.ts';

const SETTLED = { timeout: 60_000, interval: 250 };
const possible = existsSync(`${ROOT}collector/demo/node_modules`);
if (!possible) process.stderr.write('SKIPPED: the demo, since collector/demo is not installed\n');

/** Runs it as `npm run demo` does; resolves however it ends. */
const demo = (args: string[], url: string): Promise<{ code: number; out: string; err: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(ROOT, 'collector/demo/run.ts'), ...args], {
      cwd: ROOT,
      env: { ...process.env, FOOTPRINT_URL: url },
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    child.once('error', reject);
    child.once('exit', (code) => resolve({ code: code ?? 1, out, err }));
  });

const countBy = <T>(rows: readonly T[], key: (row: T) => string): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const row of rows) counts[key(row)] = (counts[key(row)] ?? 0) + 1;
  return counts;
};

describe.skipIf(!possible)('how the demo is started', () => {
  const nobody = 'http://127.0.0.1:9';

  it('says what it can be told', async () => {
    for (const flag of ['--help', '-h']) {
      const { code, out, err } = await demo([flag], nobody);
      expect([code, err]).toEqual([0, '']);
      expect(out).toMatch(/--days <n>[^]*FOOTPRINT_URL[^]*footprint\.demo\.clock/);
    }
  });

  it.each(['0', '91', '-3', '1.5', 'ten', '', '1e1', '0x10'])(
    'takes no %j for days',
    async (days) => {
      const { code, out, err } = await demo([`--days=${days}`], nobody);
      expect([code, out]).toEqual([2, '']);
      expect(err).toBe(`--days must be a whole number from 1 to 90, got ${JSON.stringify(days)}\n`);
    },
  );

  it('names what it does not know, and a wrong address', async () => {
    expect(await demo(['--day', '3'], nobody)).toMatchObject({ code: 2, out: '' });
    expect((await demo(['--day', '3'], nobody)).err).toContain("'--day'");
    expect(await demo([], 'localhost:4318')).toEqual({
      code: 2,
      out: '',
      err: 'FOOTPRINT_URL must be an http address, got "localhost:4318"\n',
    });
  });

  it('ends with 1 where no server answers, and says how to start one', async () => {
    const { code, out, err } = await demo([], nobody);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`No Footprint server answers at ${nobody}. Start one with "npm start"`);
  });
});

describe.skipIf(!possible)('the demo of today', () => {
  let server: RunningServer;
  let said = '';
  const decisionsOf = (agent: string) =>
    server.rows<DecisionRow>(`/api/v1/decisions?agent=${agent}`);
  const tokensOf = (agent: string) => server.rows<TokenRow>(`/api/v1/tokens?agent=${agent}`);
  const surfaceOf = (agent: string) => server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`);
  const sessionOf = async (agent: string, goal: string): Promise<SessionDetail> => {
    const sessions = await server.rows<SessionRow>(`/api/v1/sessions?agent=${agent}`);
    const { session } = sessions.find((row) => row.goal === goal) ?? { session: '' };
    return server.get(`/api/v1/sessions/${encodeURIComponent(session)}?agent=${agent}`);
  };
  const effects = async (agent: string) =>
    countBy(await decisionsOf(agent), ({ effect, enforcement, rules, reason, executed }) =>
      [effect, enforcement, rules.join() || reason, executed === true ? 'executed' : '']
        .filter(Boolean)
        .join(' '),
    );

  beforeAll(async () => {
    server = await startServer();
    const { code, out, err } = await demo([], `${server.url}/`);
    expect([code, err]).toEqual([0, '']);
    said = out;
    await vi.waitFor(async () => {
      expect(await server.rows('/api/v1/agents')).toHaveLength(6);
      expect(await server.rows('/api/v1/decisions')).toHaveLength(46);
      expect(await server.rows('/api/v1/tokens')).toHaveLength(27);
    }, SETTLED);
  });
  afterAll(() => server.remove());

  it('shows each agent with what it was granted, used, and how often it ran', async () => {
    const agents = await server.rows<AgentRow>('/api/v1/agents');
    const told = agents.map((row) => [
      row.agent,
      row.environment,
      row.granted,
      row.used,
      row.sessions,
    ]);
    expect(told.sort()).toEqual([
      ['calendar-assistant', 'demo', 10, 2, 4],
      ['invoicing-agent', 'demo', 3, 6, 3],
      ['migration-agent', 'demo', 8, 7, 2],
      ['notes-keeper', 'demo', 23, 4, 1],
      ['procurement-agent', 'demo', 9, 4, 4],
      ['support-agent', 'demo', 13, 7, 5],
    ]);
    const health = await server.get<TelemetryHealth>('/api/v1/health/telemetry');
    expect(health.producers.map(({ missing }) => missing)).toEqual([0, 0, 0, 0, 0]);
  });

  it('links to pages that are there', async () => {
    const links = [...said.matchAll(/^ {2}(http\S+)/gm)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(4);
    for (const link of links) expect((await fetch(link)).status).toBe(200);
  });

  it('shows a procurement agent whose ordering rights nobody used', async () => {
    expect(await effects('procurement-agent')).toEqual({
      'allow enforced read-offers executed': 9,
      'error fail_closed': 1,
      'deny enforced default_deny': 1,
    });
    expect(await tokensOf('procurement-agent')).toMatchObject([
      {
        scopes: ['orders.read', 'orders.write'],
        scopes_used: ['orders.read'],
        uses: 9,
        sessions: 3,
      },
    ]);
  });

  it('shows a migration agent that holds a schema token through its session, and what it left', async () => {
    expect(await effects('migration-agent')).toEqual({
      'allow enforced migrate executed': 2,
      'allow enforced read-rows executed': 4,
      'deny enforced never-drop': 1,
    });
    const { ambient, resources, tokens } = await sessionOf('migration-agent', 'migrate');
    const names = ambient.map((row) => tokens.find((one) => one.fingerprint === row.fingerprint));
    expect(names[0]).toMatchObject({ scopes: ['db.schema'], uses: 1, revoked_at: null });
    const schema = await tokensOf('migration-agent');
    expect(countBy(schema, ({ scopes, uses }) => `${scopes.join(' ')} × ${uses}`)).toEqual({
      'db.schema × 1': 1,
      'db.schema × 0': 1,
      'db.read db.write × 4': 1,
      'db.read db.write × 1': 1,
    });
    const ends = resources.map((row) => [row.resource_type, row.outcome]);
    expect(ends.sort()).toEqual([
      ['database_copy', 'deleted'],
      ['dump', 'leaked'],
    ]);
  });

  it('shows a support agent that acts as its user, and a ticket that it obeyed in vain', async () => {
    expect(await effects('support-agent')).toEqual({
      'allow enforced answer-tickets executed': 11,
      'require_approval enforced ask-refunds executed': 2,
      'deny enforced never-export': 1,
      'deny enforced default_deny': 1,
    });
    const decisions = await decisionsOf('support-agent');
    expect(new Set(decisions.map((row) => row.delegation_type))).toEqual(
      new Set(['impersonation']),
    );
    expect(new Set(decisions.map((row) => row.principal)).size).toBe(1);
    expect(decisions.filter((row) => row.approval_outcome === 'approved')).toHaveLength(2);
    const [token, ...others] = await tokensOf('support-agent');
    expect(others).toEqual([]);
    expect(token).toMatchObject({ life_s: 36_000, uses: 13, sessions: 5 });
    expect(token?.scopes).toHaveLength(7);
    const surface = await surfaceOf('support-agent');
    const row = surface.find(({ permission }) => permission === 'mcp.tickets:export_customers');
    expect(row).toMatchObject({ granted: true, uses: 0, denials: 1 });
  });

  it('shows a calendar assistant with five scopes of which it uses one', async () => {
    const surface = await surfaceOf('calendar-assistant');
    const scopes = surface.filter(({ permission }) => permission.startsWith('oauth:'));
    expect(
      scopes.map(({ permission, granted, uses }) => [permission, granted, uses]).sort(),
    ).toEqual([
      ['oauth:calendar.delete', true, 0],
      ['oauth:calendar.read', true, 5],
      ['oauth:calendar.share', true, 0],
      ['oauth:calendar.write', true, 0],
      ['oauth:contacts.read', true, 0],
      ['oauth:rooms.read', false, 0],
    ]);
    expect(await effects('calendar-assistant')).toEqual({ 'deny enforced insufficient_scope': 1 });
    const tokens = await tokensOf('calendar-assistant');
    expect(tokens.map(({ uses }) => uses).sort()).toEqual([0, 1, 1, 1, 2]);
  });

  it('shows an invoicing agent whose tokens live for a step', async () => {
    expect(await effects('invoicing-agent')).toEqual({
      'allow enforced bill-orders executed': 6,
      'require_approval enforced ask-sending executed': 2,
      'require_approval enforced ask-sending': 1,
      'require_approval shadow ask-sending': 2,
      'deny shadow no-large-invoices': 1,
    });
    const outcomes = (await decisionsOf('invoicing-agent')).map((row) => row.approval_outcome);
    expect(outcomes.filter((outcome) => outcome !== null).sort()).toEqual([
      'approved',
      'approved',
      'denied',
    ]);
    const tokens = await tokensOf('invoicing-agent');
    expect(tokens).toHaveLength(16);
    expect(tokens.every(({ uses, revoked_at }) => uses === 1 && revoked_at !== null)).toBe(true);
    expect(tokens.every(({ life_s }) => life_s !== null && life_s < 5)).toBe(true);
    expect((await sessionOf('invoicing-agent', 'bill_order')).ambient).toEqual([]);
  });

  it('shows an agent without a line of Footprint code by its framework alone', async () => {
    const surface = await surfaceOf('notes-keeper');
    const uses = surface.filter((row) => row.uses > 0).map((row) => [row.permission, row.uses]);
    expect(Object.fromEntries(uses)).toEqual({
      'tool:list_directory': 1,
      'tool:read_text_file': 2,
      'tool:create_entities': 1,
      'tool:search_nodes': 1,
    });
    expect(surface.every(({ granted_by }) => granted_by.includes('tool_list'))).toBe(true);
    const refused = surface.find(({ permission }) => permission === 'tool:get_file_info');
    expect(refused).toMatchObject({ granted: true, uses: 0, denials: 1 });
  });

  it('keeps no token, no prompt and no text of a tool', async () => {
    await server.stop();
    const kept = bytesBelow(server.data);
    expect(kept.some((bytes) => bytes.includes('mcp.tickets:export_customers'))).toBe(true);
    const texts = ['My chair is broken', 'Bearer ', 'mallory', 'Ink Works', 'printer on floor 3'];
    const found = texts.filter((one) => kept.some((bytes) => bytes.includes(one)));
    expect(found).toEqual([]);
  });
});

describe.skipIf(!possible)('the demo with days before today', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.remove());

  it('lives through them, one after the other, by a clock that says so', async () => {
    const { code, out } = await demo(['--days', '3'], server.url);
    expect(code).toBe(0);
    expect(out).toContain('today and the 3 days before');
    const migrations = async () => {
      const rows = await server.rows<SessionRow>('/api/v1/sessions?agent=migration-agent');
      return rows.filter(({ goal }) => goal === 'migrate');
    };
    await expect.poll(async () => (await migrations()).length, SETTLED).toBe(4);
    const days = (await migrations()).map(({ started_at }) => Date.parse(started_at)).sort();
    for (const [index, at] of days.slice(1).entries())
      expect(Math.round((at - (days[index] ?? 0)) / 3_600_000)).toBe(24);
    const decisions = await server.rows<DecisionRow>('/api/v1/decisions?agent=migration-agent');
    expect(new Set(decisions.map((row) => row.policy_version))).toEqual(
      new Set(['2026-09', '2026-11']),
    );
    const orders = await server.rows<DecisionRow>(
      '/api/v1/decisions?permission=mcp.orders:create_order&effect=require_approval',
    );
    expect(orders.map((row) => row.approval_outcome)).toEqual(['approved', 'approved']);
    const future = decisions.filter((row) => Date.parse(row.occurred_at) > Date.now());
    expect(future).toEqual([]);
    const bytes = bytesBelow(server.data);
    expect(bytes.some((one) => one.includes('footprint.demo.clock'))).toBe(true);
  });
});
