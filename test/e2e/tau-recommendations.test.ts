// What is proposed on 200 real airline sessions that hold 20 permissions more than they ever use.
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecommendationRow, SurfaceRow } from '../../server/api/contract.ts';
import { ROOT, startServer, type RunningServer } from './server.ts';
import { present, readCounts, readSessions, replay, send, type Session } from './tau.ts';

const SETTLED = { timeout: 90_000, interval: 500 };

/** Held from the first session and never used. */
const READERS = Array.from({ length: 10 }, (_, i) => `read_archive_${i}`);
const WRITERS = Array.from({ length: 6 }, (_, i) => `update_archive_${i}`);
const DESTROYERS = Array.from({ length: 4 }, (_, i) => `delete_archive_${i}`);

const asPermissions = (tools: readonly string[]): string[] => tools.map((name) => `tool:${name}`);
/** The same sessions several times over, each time under other names. */
const repeated = (sessions: readonly Session[], times: number): Session[] =>
  sessions.flatMap((session) =>
    Array.from({ length: times }, (_, i) => ({ ...session, session: `${session.session}-${i}` })),
  );

describe.skipIf(!present)('20 permissions that 200 airline sessions never use', () => {
  let server: RunningServer;
  const sessions = present ? readSessions() : [];
  const tools = present ? readCounts().tools : [];
  const offered = [...tools, ...READERS, ...WRITERS, ...DESTROYERS];

  const proposals = (agent: string): Promise<RecommendationRow[]> =>
    server.rows<RecommendationRow>(`/api/v1/agents/${agent}/recommendations`);
  const surface = (agent: string): Promise<SurfaceRow[]> =>
    server.rows<SurfaceRow>(`/api/v1/agents/${agent}/surface`);
  const permissionsOf = (rows: readonly RecommendationRow[], kind: string): string[] =>
    rows.filter((row) => row.kind === kind).map((row) => row.permission);
  const sent = async (agent: string, times: number, tasks: boolean): Promise<void> => {
    const all = repeated(sessions, times);
    await send(server.url, await replay({ agent, sessions: all, tools: offered, tasks }));
    const counted = async () =>
      (await server.rows<{ agent: string; sessions: number }>('/api/v1/agents')).find(
        (row) => row.agent === agent,
      )?.sessions;
    await expect.poll(counted, SETTLED).toBe(180 * times);
  };

  beforeAll(async () => {
    server = await startServer();
  });
  afterAll(() => server.remove());

  it('lose the readers at 180 sessions; the others are to be asked for until their time has come', async () => {
    await sent('airline', 1, false);
    const rows = await proposals('airline');
    expect(permissionsOf(rows, 'remove_permission')).toEqual(asPermissions(READERS));
    for (const row of rows.filter(({ kind }) => kind === 'remove_permission')) {
      expect(row).toMatchObject({ sessions: 180, joint_sessions: 60, joint_uses: 0 });
      expect(row.absence_bound).toBeCloseTo(0.0165, 4);
      expect(row.joint_risk).toBeCloseTo(0.0487, 4);
    }
    expect(permissionsOf(rows, 'raise_tier')).toEqual(
      asPermissions([...DESTROYERS, ...WRITERS]).sort(),
    );
    const held = await surface('airline');
    const undecided = held.filter((row) => row.verdict === 'insufficient');
    expect(undecided.map((row) => row.permission)).toEqual(
      asPermissions([...DESTROYERS, ...WRITERS]).sort(),
    );
    expect(undecided.every(({ evidence }) => evidence.sessions === 180)).toBe(true);
  });

  it('are told by the command line as by the API', async () => {
    const args = ['server/cli.ts', 'recommend', '--url', server.url, '--agent', 'airline'];
    const run = (...more: string[]): string =>
      execFileSync(process.execPath, [...args, ...more], { cwd: ROOT, encoding: 'utf8' });
    const text = run('--kind', 'remove_permission');
    expect(text.match(/remove permission tool:read_archive_\d/g)).toHaveLength(10);
    expect(text).toContain('joint risk 4.9 %');
    const { rows } = JSON.parse(run('--format', 'json')) as { rows: RecommendationRow[] };
    expect(rows).toEqual(await proposals('airline'));
  });

  it('are handed out just in time where two sessions ever used them', async () => {
    const rows = await proposals('airline');
    const rare = ['tool:list_all_airports', 'tool:update_reservation_passengers'];
    expect(permissionsOf(rows, 'just_in_time')).toEqual(rare);
    const told = rows.filter(({ kind }) => kind === 'just_in_time');
    expect(told.map((row) => [row.verdict, row.history_sessions])).toEqual([
      ['rare', 2],
      ['rare', 2],
    ]);
  });

  it('lose the writers too at 360 sessions, and all of them at 720', async () => {
    await sent('airline-twice', 2, false);
    const twice = await proposals('airline-twice');
    expect(permissionsOf(twice, 'remove_permission').sort()).toEqual(
      asPermissions([...READERS, ...WRITERS]).sort(),
    );
    expect(permissionsOf(twice, 'raise_tier')).toEqual(asPermissions(DESTROYERS));
    const bounds = new Set(twice.flatMap(({ absence_bound }) => absence_bound ?? []));
    expect([...bounds].map((bound) => bound.toFixed(4))).toEqual(['0.0083']);

    await sent('airline-often', 4, false);
    const often = await proposals('airline-often');
    expect(permissionsOf(often, 'remove_permission').sort()).toEqual(
      asPermissions([...READERS, ...WRITERS, ...DESTROYERS]).sort(),
    );
    expect(permissionsOf(often, 'raise_tier')).toEqual([]);
  });

  it('are kept, all 20, where the sessions are tries at 50 tasks', async () => {
    await sent('airline-tasks', 1, true);
    const rows = await proposals('airline-tasks');
    expect(permissionsOf(rows, 'remove_permission')).toEqual([]);
    const unused = (await surface('airline-tasks')).filter(({ uses }) => uses === 0);
    expect(unused).toHaveLength(20);
    expect(new Set(unused.map(({ evidence }) => evidence.sessions))).toEqual(new Set([50]));
    for (const { absence_bound } of unused) expect(absence_bound).toBeCloseTo(0.058, 3);
  });
});
