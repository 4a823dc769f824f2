// The verdict of each permission against numbers worked out by hand.
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
const instant = (ms: number) => new Date(ms).toISOString();
const daysAgo = (days: number) => instant(UNTIL - days * DAY);

/** A session of one minute with a list of tools, so many days before the window's end. */
const session = (name: string, days: number, told: Record<string, unknown> = {}) => ({
  session: name,
  started_at: daysAgo(days),
  last_span_at: instant(UNTIL - days * DAY + 60_000),
  ...told,
});

/** So many sessions a day over so many days, each of which was offered the surface `h`. */
const offer = async (perDay: number, days: number, told: Record<string, unknown> = {}) => {
  const sessions = Array.from({ length: days }, (_, day) =>
    Array.from({ length: perDay }, (_, i) => session(`${day}-${i}`, day + 0.9 - i * 0.001, told)),
  ).flat();
  await database.fill({
    session_parts: sessions,
    grants: sessions.map(({ session: name, started_at, last_span_at }) => ({
      session: name,
      surface_hash: 'h',
      granted_at: started_at,
      ended_at: last_span_at,
    })),
  });
  return sessions;
};
const holds = (...permissions: string[]) =>
  database.fill({ surfaces: permissions.map((permission) => ({ surface_hash: 'h', permission })) });
const use = (permission: string, sessionOf: string, days: number, told = {}) => ({
  permission,
  session: sessionOf,
  first_used_at: daysAgo(days),
  last_used_at: daysAgo(days),
  ...told,
});
const surface = () => database.ask('surface');
const one = async () => {
  const rows = await surface();
  expect(rows).toHaveLength(1);
  return rows[0] ?? {};
};

describe('a verdict', () => {
  it('is unused with no use in as many sessions as its risk needs', async () => {
    await holds('tool:read_file');
    await offer(2, 30);
    expect(await one()).toMatchObject({
      permission: 'tool:read_file',
      resource_pattern: '*',
      risk: 'read',
      risk_source: 'verb',
      weight: 1,
      granted: true,
      uses: 0,
      sessions_granted: 60,
      verdict: 'unused',
      verdict_reason: '0 uses in 60 sessions over 90 days: at most 4.87 % of sessions need it',
      threshold: 0.05,
      evidence: { days: 29, days_needed: 14, sessions: 60, sessions_needed: 59, due_at: null },
    });
    expect((await one())['absence_bound']).toBeCloseTo(1 - 0.05 ** (1 / 60), 9);
  });

  it('is insufficient below that number, and says when it is due at the present rate', async () => {
    await holds('tool:read_file');
    await offer(2, 29);
    expect(await one()).toMatchObject({
      verdict: 'insufficient',
      verdict_reason: '0 uses in 58 of 59 sessions needed',
      evidence: { days: 28, sessions: 58, sessions_needed: 59 },
    });
  });

  it('is too young before the days that its risk needs', async () => {
    await holds('tool:delete_file');
    await offer(20, 40);
    expect(await one()).toMatchObject({
      risk: 'destructive',
      verdict: 'too_young',
      verdict_reason: 'held for 39 of 90 days',
      threshold: 0.005,
    });
  });

  it('is used with three sessions of use, and the denials beside it change nothing', async () => {
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({
      permission_uses: [
        use('tool:read_file', '1-0', 1, { uses: 3 }),
        use('tool:read_file', '2-0', 2),
        use('tool:read_file', '3-0', 3),
        use('tool:read_file', '4-0', 4, { uses: 0, denials: 2, last_denied_at: daysAgo(4) }),
      ],
    });
    expect(await one()).toMatchObject({
      verdict: 'used',
      uses: 5,
      sessions_with_use: 3,
      denials: 2,
      absence_bound: null,
      evidence: {
        days: null,
        days_needed: null,
        sessions: null,
        sessions_needed: null,
        due_at: null,
      },
    });
  });

  it('never is used by denials alone', async () => {
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({
      permission_uses: [
        use('tool:read_file', '4-0', 4, { uses: 0, denials: 9, last_denied_at: daysAgo(4) }),
      ],
    });
    expect(await one()).toMatchObject({ verdict: 'unused', uses: 0, denials: 9 });
  });

  it('is rare with one or two sessions of use in history', async () => {
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({ permission_uses: [use('tool:read_file', '1-0', 1)] });
    expect(await one()).toMatchObject({
      verdict: 'rare',
      verdict_reason: 'used in 1 session ever, 120 opportunities over 90 days',
    });
  });

  it('is used_not_granted where the system is known to grant, else grant_unknown', async () => {
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({
      permission_uses: [use('tool:other', '1-0', 1), use('crm:read', '1-0', 1)],
    });
    expect(
      (await surface()).map(({ permission, verdict, granted }) => [permission, verdict, granted]),
    ).toEqual([
      ['crm:read', 'grant_unknown', false],
      ['tool:other', 'used_not_granted', false],
      ['tool:read_file', 'unused', true],
    ]);
  });

  it('is unobservable after sampling, a gap in a sequence, or a silence', async () => {
    await holds('tool:read_file');
    await offer(2, 60, { sampled: true });
    expect(await one()).toMatchObject({ verdict: 'unobservable' });
    await database.clear();
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({
      producer_parts: [{ first_seq: 1, last_seq: 10, spans: 8, last_seen_at: daysAgo(3) }],
    });
    expect(await one()).toMatchObject({
      verdict: 'unobservable',
      verdict_reason: "2 spans are missing from its producers' sequences",
    });
  });

  it('covers by pattern on permission and on resource', async () => {
    await database.fill({
      surfaces: [
        { surface_hash: 'h', permission: 'crm:*', resource_pattern: 'account/1*' },
        { surface_hash: 'h', permission: 'crm:read', resource_pattern: '*' },
      ],
    });
    await offer(2, 60);
    await database.fill({
      permission_uses: [1, 2, 3].map((day) =>
        use('crm:read', `${day}-0`, day, {
          resource_type: 'account',
          resource_id: day === 3 ? '2' : '12',
        }),
      ),
    });
    expect(
      (await surface()).map(({ permission, sessions_with_use }) => [permission, sessions_with_use]),
    ).toEqual([
      ['crm:*', 2],
      ['crm:read', 3],
    ]);
  });

  it('asks a permission with a rhythm to be idle for longer than it', async () => {
    await holds('tool:read_file');
    await offer(2, 60);
    await database.fill({
      permission_uses: [200, 240, 280].map((day) => use('tool:read_file', `old-${day}`, day)),
    });
    expect(await one()).toMatchObject({ verdict: 'insufficient' });
    expect((await one())['verdict_reason']).toBe(
      'used on 3 days, idle for 200 days: not yet longer than its rhythm',
    );
  });

  it('takes sessions of the same task once and bursts at twice the median day', async () => {
    await holds('tool:read_file');
    await offer(1, 20, { task_id: 't' });
    expect(await one()).toMatchObject({ sessions_granted: 20, evidence: { sessions: 1 } });
    await database.clear();
    await holds('tool:read_file');
    await offer(2, 20);
    await database.fill({
      session_parts: Array.from({ length: 40 }, (_, i) => session(`burst-${i}`, 5.5)),
      grants: Array.from({ length: 40 }, (_, i) => ({
        session: `burst-${i}`,
        surface_hash: 'h',
        granted_at: daysAgo(5.5),
      })),
    });
    // 19 days of 2 and one of 42, capped at 4.
    expect(await one()).toMatchObject({ sessions_granted: 80, evidence: { sessions: 42 } });
  });

  it('tells of use in all sessions that held it, tries at one task too', async () => {
    await holds('tool:read_file');
    await offer(1, 20, { task_id: 't' });
    await database.fill({
      permission_uses: [0, 1, 2, 3].map((day) => use('tool:read_file', `${day}-0`, day + 0.9)),
    });
    expect(await one()).toMatchObject({
      verdict: 'used',
      verdict_reason: '4 uses in 4 of 20 sessions over 90 days',
    });
  });

  it('never counts sessions of a sender who may not speak for the agent', async () => {
    await holds('tool:read_file');
    await offer(2, 60, { attested: false });
    expect(await one()).toMatchObject({ verdict: 'insufficient', evidence: { sessions: 0 } });
  });
});
