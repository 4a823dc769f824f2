// What evidence counts for a verdict and what waits: sweeps, restarts, restores, what is seen elsewhere, by hand-computed numbers.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

const UNTIL = Date.parse('2026-10-30T00:00:00Z');
const DAY = 86_400_000;
const daysAgo = (days: number) => new Date(UNTIL - days * DAY).toISOString();
const READERS = ['a', 'b', 'c', 'd', 'e'].map((name) => `tool:read_${name}`);

/** One session a day at noon, the oldest so many days ago, each offered the list that `listOf` names. */
const sessions = async (
  days: number,
  told: (day: number) => Record<string, unknown> = () => ({}),
  listOf: (day: number) => string = () => 'h',
) => {
  const all = Array.from({ length: days }, (_, day) => ({
    session: `s${day}`,
    started_at: daysAgo(day + 0.5),
    ...told(day),
  }));
  await database.fill({
    session_parts: all,
    grants: all.map(({ session, started_at }, day) => ({
      session,
      surface_hash: listOf(day),
      granted_at: started_at,
    })),
  });
};
const holds = (permissions: readonly string[], hash = 'h', definition: string | null = null) =>
  database.fill({
    surfaces: permissions.map((permission) => ({ surface_hash: hash, permission, definition })),
  });
const use = (permission: string, day: number, told = {}) => ({
  permission,
  session: `s${day}`,
  first_used_at: daysAgo(day + 0.5),
  last_used_at: daysAgo(day + 0.5),
  ...told,
});
const surface = () => database.ask('surface');
const rowOf = async (permission: string) =>
  (await surface()).find((row) => row['permission'] === permission) ?? {};

describe('a session that alone used 5 permissions', () => {
  const swept = async (count: number) => {
    await holds(READERS);
    await sessions(80);
    await database.fill({ permission_uses: READERS.slice(0, count).map((one) => use(one, 7)) });
  };

  it('is a sweep: it blocks removal, earns nothing and is no opportunity', async () => {
    await swept(5);
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'insufficient',
      uses: 1,
      sessions_with_use: 1,
      attested_sessions: 0,
      history_sessions: 0,
      swept_sessions: 1,
      sweep_session: 's7',
      sessions_granted: 80,
      opportunities: 79,
      verdict_reason:
        'used by a sweep, a session that alone used 5 permissions or more: no evidence until somebody reviewed it',
    });
  });

  it('is none with 4, nor where a second session used one of them', async () => {
    await swept(4);
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'rare', swept_sessions: 0 });
    await database.clear();
    await swept(5);
    await database.fill({ permission_uses: [use('tool:read_e', 3)] });
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'rare',
      opportunities: 80,
      sweep_session: null,
    });
  });

  it('is evidence once confirmed, and none at all under quarantine', async () => {
    await swept(5);
    await database.fill({ confirmations: [{ session: 's7' }] });
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'rare', history_sessions: 1 });
    await database.connection.run('truncate confirmations');
    await database.fill({
      quarantines: [
        {
          workspace: 'default',
          environment: 'default',
          agent: 'a',
          session: 's7',
          permission: '*',
          reason: 'a probe',
          created_at: daysAgo(1),
        },
      ],
    });
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'unused', quarantined_uses: 1 });
    await database.connection.run('truncate quarantines');
  });

  it('is none among fewer than 5 sessions: each is then the only one that did what it did', async () => {
    await holds(READERS);
    await sessions(4);
    await database.fill({ permission_uses: READERS.map((one) => use(one, 1)) });
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'used', swept_sessions: 0 });
  });
});

describe('the opportunities', () => {
  it('begin anew with a model never seen before, and not with one that comes back', async () => {
    await holds(['tool:read_a']);
    const model = (day: number) => ({ models: [day >= 40 && day < 42 ? 'm2' : 'm1'] });
    await sessions(80, model);
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'insufficient',
      sessions_granted: 80,
      opportunities: 42,
      restarted_at: new Date(UNTIL - 41.5 * DAY).toISOString(),
      restarted_by: 'the model m2 was first seen',
      verdict_reason:
        '0 uses in 42 of 59 sessions needed; counted since 2026-09-18: the model m2 was first seen',
    });
  });

  it('begin anew with a changed definition; uses of before still protect', async () => {
    await holds(['tool:read_a'], 'h', '1');
    await holds(['tool:read_a'], 'i', '2');
    await sessions(
      80,
      () => ({}),
      (day) => (day < 10 ? 'i' : 'h'),
    );
    await database.fill({ permission_uses: [20, 30, 40].map((day) => use('tool:read_a', day)) });
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'used',
      opportunities: 10,
      restarted_by: 'the definition of tool:read_a changed',
    });
  });

  it('go on where a definition is told for the first time, and through a new version', async () => {
    await holds(['tool:read_a']);
    await holds(['tool:read_a'], 'i', '1');
    await sessions(
      80,
      (day) => ({ agent_version: day < 10 ? '2' : '1' }),
      (day) => (day < 10 ? 'i' : 'h'),
    );
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'unused',
      opportunities: 80,
      restarted_at: null,
      agent_version: '2',
      agent_version_since: new Date(UNTIL - 9.5 * DAY).toISOString(),
    });
  });
});

describe('a grant', () => {
  it('is too young again after a restore', async () => {
    await holds(['tool:read_a']);
    await sessions(80);
    await database.fill({
      recommendation_states: [{ permission: 'tool:read_a', state: 'restored', since: daysAgo(6) }],
    });
    expect(await rowOf('tool:read_a')).toMatchObject({
      verdict: 'too_young',
      held_days: 6,
      restored_at: daysAgo(6),
      verdict_reason: 'held for 6 of 14 days',
    });
  });

  it('is judged at the age that a setting says', async () => {
    await holds(['tool:read_a']);
    await sessions(80);
    await database.fill({ young_days: [{ risk: 'read', days: 90 }] });
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'too_young', days_needed: 90 });
  });

  it('is unobservable where its source does not log its use, or nothing on its system is seen', async () => {
    await holds(['aws:iam:PassRole', 'crm:read', 'tool:read_a']);
    await sessions(80);
    await database.fill({
      decisions: [{ session: 's1', permission: 'crm:read', occurred_at: daysAgo(1.5) }],
    });
    expect(await rowOf('aws:iam:PassRole')).toMatchObject({
      verdict: 'unobservable',
      blind_reason: 'AWS logs the call that the role is passed to, never iam:PassRole',
    });
    expect(await rowOf('crm:read')).toMatchObject({
      verdict: 'unobservable',
      blind_reason: 'allowed once, and no action on crm was seen: whether it was used is not known',
    });
    expect(await rowOf('tool:read_a')).toMatchObject({ verdict: 'unused', blind_reason: null });
  });
});

describe('a use', () => {
  it('that servers alone told, or an engine alone allowed, is hidden at its agent', async () => {
    await holds(['tool:read_a', 'tool:read_b', 'tool:read_c']);
    await sessions(80);
    await database.fill({
      permission_uses: [use('tool:read_a', 1, { hidden_uses: 1 }), use('tool:read_c', 1)],
      decisions: [
        { session: 's1', permission: 'tool:read_b', occurred_at: daysAgo(1.5), log_alone: true },
      ],
    });
    expect((await surface()).map((row) => [row['hidden_use'], row['hidden_uses']])).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
    // What was asked and not acted on, where an action would have been seen, changes no verdict.
    expect(await rowOf('tool:read_b')).toMatchObject({ verdict: 'unused', hidden_allows: 1 });
  });

  it('through a sub-agent is marked with it', async () => {
    await holds(['tool:read_*']);
    await sessions(80);
    await database.fill({
      permission_uses: [use('tool:read_a', 1, { used_via: 'helper' }), use('tool:read_b', 1)],
    });
    expect(await rowOf('tool:read_*')).toMatchObject({ used_via: ['helper'], uses: 2 });
  });
});
