// The demo's agents against the running server: what they were granted, used and refused, and how their tokens lived.
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type {
  AgentRow,
  DecisionRow,
  SessionRow,
  SurfaceRow,
  TelemetryHealth,
  TokenRow,
} from '../../server/api/contract.ts';
import type { RunningServer } from './server.ts';
import { ROOT, runScript, startServer } from './server.ts';

const SETTLED = { timeout: 30_000, interval: 250 };
const TOOLS_OF_FILESYSTEM = 14;
const TOOLS_OF_MEMORY = 9;
const OFFERED = TOOLS_OF_FILESYSTEM + TOOLS_OF_MEMORY;

const demo = existsSync(`${ROOT}collector/demo/node_modules`);
const engines = ['otel-2', 'otel-3'].filter((line) =>
  existsSync(`${ROOT}test/engines/${line}/node_modules`),
);

if (!demo)
  process.stderr.write('SKIPPED: the demo agents, since collector/demo is not installed\n');
if (engines.length < 2) process.stderr.write('SKIPPED: exporters in test/engines not installed\n');

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.remove());

const surfaceOf = (agent: string): Promise<SurfaceRow[]> =>
  server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`);

const usesOf = async (agent: string): Promise<Record<string, number>> => {
  const rows = await surfaceOf(agent);
  return Object.fromEntries(
    rows.filter(({ uses }) => uses > 0).map(({ permission, uses }) => [permission, uses]),
  );
};

describe.skipIf(!demo)('an agent without a line of Footprint code', () => {
  beforeAll(async () => {
    await runScript('collector/demo/plain-agent.ts', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    });
  });

  it('shows what it was granted and what it used, under one agent and one name a tool', async () => {
    await expect
      .poll(() => usesOf('notes-keeper'), SETTLED)
      .toEqual({
        'tool:list_directory': 1,
        'tool:read_text_file': 2,
        'tool:create_entities': 1,
        'tool:search_nodes': 1,
      });
    const surface = await surfaceOf('notes-keeper');
    expect(surface.filter(({ granted }) => granted)).toHaveLength(OFFERED);
    expect(surface).toHaveLength(OFFERED);
    expect(surface.every(({ granted_by }) => granted_by.includes('tool_list'))).toBe(true);
    const agents = await server.rows<AgentRow>('/api/v1/agents');
    expect(agents.filter(({ agent }) => agent === 'notes-keeper')).toMatchObject([
      { granted: OFFERED, used: 4, unused: OFFERED - 4, grants_known: true, sessions: 1 },
    ]);
  });

  it('takes what the server refused for a denial and not for a use', async () => {
    const surface = await surfaceOf('notes-keeper');
    const refused = surface.find(({ permission }) => permission === 'tool:get_file_info');
    expect(refused).toMatchObject({ granted: true, uses: 0, sessions_with_use: 0, denials: 1 });
  });
});

describe.skipIf(!demo)('an agent with @footprint/collector', () => {
  beforeAll(async () => {
    await runScript('collector/demo/footprint-agent.ts', [], {
      OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    });
    await vi.waitFor(async () => {
      expect(await server.rows('/api/v1/decisions?agent=desk-assistant')).toHaveLength(9);
      expect(await server.rows('/api/v1/tokens?agent=desk-assistant')).toHaveLength(5);
    }, SETTLED);
  });

  it('shows every decision with its rules, and whether its action was executed', async () => {
    const decisions = await server.rows<DecisionRow>('/api/v1/decisions?agent=desk-assistant');
    const told = decisions.map(({ permission, effect, reason, rules, executed, engine }) => ({
      permission,
      effect,
      reason,
      rules: [...rules].sort(),
      executed,
      engine,
    }));
    const by = (permission: string, effect: string) =>
      told.filter((row) => row.permission === permission && row.effect === effect);
    expect(told.filter(({ effect }) => effect === 'allow').map(({ executed }) => executed)).toEqual(
      Array.from({ length: 6 }, () => true),
    );
    expect(by('tool:write_file', 'allow')).toMatchObject([
      { rules: ['write-notes'], engine: 'cedar' },
    ]);
    expect(by('tool:delete_entities', 'deny')).toMatchObject([
      { rules: ['never-forget'], reason: 'forbidden', executed: false },
    ]);
    expect(by('tool:read_text_file', 'deny')).toMatchObject([{ rules: ['stay-inside'] }]);
    expect(by('tool:move_file', 'deny')).toMatchObject([{ rules: [], reason: 'default_deny' }]);
  });

  it('counts no denied call as a use, and its scopes as used with its tools', async () => {
    expect(await usesOf('desk-assistant')).toEqual({
      'tool:read_text_file': 2,
      'tool:write_file': 1,
      'tool:create_entities': 1,
      'tool:search_nodes': 1,
      'tool:list_directory': 1,
      'oauth:files:read': 3,
      'oauth:files:write': 1,
      'oauth:memory:read': 1,
      'oauth:memory:write': 1,
    });
    const surface = await surfaceOf('desk-assistant');
    const row = (permission: string) => surface.find((one) => one.permission === permission);
    expect(row('tool:delete_entities')).toMatchObject({ uses: 0, denials: 1 });
    expect(row('tool:move_file')).toMatchObject({ uses: 0, denials: 1 });
    expect(row('oauth:memory:delete')).toMatchObject({ granted: true, uses: 0 });
    expect(row('tool:read_text_file')?.granted_by).toEqual(
      expect.arrayContaining(['policy', 'tool_list']),
    );
  });

  it('shows how each token lived', async () => {
    const tokens = await server.rows<TokenRow>('/api/v1/tokens?agent=desk-assistant');
    expect(tokens.map(({ life_s }) => life_s).every((life) => life !== null && life <= 60)).toBe(
      true,
    );
    const [revoked, ...others] = tokens.filter(({ revoked_at }) => revoked_at !== null);
    expect(others).toEqual([]);
    expect(revoked).toMatchObject({ scopes: ['files:read', 'files:write'], uses: 2 });
    const idle = tokens.filter(({ uses }) => uses === 0);
    expect(idle.map(({ scopes }) => scopes.join(' ')).sort()).toEqual([
      'files:read',
      'memory:read memory:write memory:delete',
    ]);
    const outlived = tokens.filter(({ sessions }) => sessions > 1);
    expect(outlived).toMatchObject([{ scopes: ['files:read'], uses: 2 }]);
    const { session_ended_at: ended, last_used_at: last } = outlived[0] ?? {};
    expect(Date.parse(last ?? '')).toBeGreaterThan(Date.parse(ended ?? ''));
  });

  it('shows its sessions with their goals, whole and without gaps', async () => {
    const sessions = await server.rows<SessionRow>('/api/v1/sessions?agent=desk-assistant');
    expect(sessions.map(({ goal }) => goal).sort()).toEqual(['file_notes', 'look_up', 'look_up']);
    const health = await server.get<TelemetryHealth>('/api/v1/health/telemetry');
    expect(health.producers.filter(({ agent }) => agent === 'desk-assistant')).toMatchObject([
      { spans: 28, missing: 0 },
    ]);
  });
});

describe.each(engines)('the exporters of %s', (line) => {
  it.each(['json', 'proto', 'grpc'])('are received whole in %s', async (encoding) => {
    const agent = `${line}-${encoding}`;
    const said = await runScript(`test/engines/${line}/send.mjs`, [
      encoding === 'grpc' ? server.grpc_url : server.url,
      encoding,
      '700',
      agent,
    ]);
    expect(JSON.parse(said)).toEqual({ sent: 701, failed: 0 });
    await expect
      .poll(() => usesOf(agent), SETTLED)
      .toEqual({ 'tool:tool_0': 234, 'tool:tool_1': 233, 'tool:tool_2': 233 });
  });
});
