// 200 real sessions replayed through the real SDK and exporter: uses equal the data's own counts, however they arrive.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AgentRow, SurfaceRow } from '../../server/api/contract.ts';
import { startServer, type RunningServer } from './server.ts';
import { DAY_MS, DAYS, present, readCounts, readSessions, replay, send, shuffled } from './tau.ts';

const SETTLED = { timeout: 60_000, interval: 500 };

describe.skipIf(!present)('200 airline sessions over 100 days', () => {
  let server: RunningServer;
  const sessions = present ? readSessions() : [];
  const { uses, tools } = present ? readCounts() : { uses: {}, tools: [] };

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.remove());

  const since = new Date(Date.now() - (DAYS + 1) * DAY_MS).toISOString();
  const used = async (agent: string): Promise<Record<string, number>> => {
    const rows = await server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface?since=${since}`);
    return Object.fromEntries(
      rows.filter((row) => row.uses > 0).map((row) => [row.permission, row.uses]),
    );
  };
  const agentRow = async (agent: string): Promise<AgentRow | undefined> => {
    const rows = await server.rows<AgentRow>(`/api/v1/agents?since=${since}`);
    return rows.find((row) => row.agent === agent);
  };

  it('have the counts that their README states', () => {
    expect(sessions).toHaveLength(200);
    expect(Object.values(uses).reduce((sum, count) => sum + count, 0)).toBe(1164);
    expect(tools).toHaveLength(14);
  });

  it('are counted exactly, and no differently after a second sending', async () => {
    const spans = await replay({ agent: 'airline', sessions, tools });
    await send(server.url, spans);
    await expect.poll(() => used('airline'), SETTLED).toEqual(uses);
    const once = await agentRow('airline');
    expect(once).toMatchObject({ granted: 14, sessions: 200, tasks: 50 });
    await send(server.url, spans);
    await expect
      .poll(
        async () =>
          (await server.get<{ waiting_spans: number }>('/api/v1/health/telemetry')).waiting_spans,
        SETTLED,
      )
      .toBe(0);
    expect(await used('airline')).toEqual(uses);
    expect(await agentRow('airline')).toEqual(once);
  });

  it('are counted exactly where the spans of each trace come in random order over several requests', async () => {
    const spans = await replay({ agent: 'airline-shuffled', sessions, tools });
    await send(server.url, shuffled(spans));
    await expect.poll(() => used('airline-shuffled'), SETTLED).toEqual(uses);
    expect(await agentRow('airline-shuffled')).toMatchObject({
      granted: 14,
      sessions: 200,
      tasks: 50,
    });
  });
});
