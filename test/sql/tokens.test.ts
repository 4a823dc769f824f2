// Life, use and suggested lifetime of tokens against numbers worked out by hand.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

const BEGIN = Date.parse('2026-10-01T00:00:00Z');
const at = (seconds: number) => new Date(BEGIN + seconds * 1000).toISOString();

/** A token issued at second `from` and used until `used` seconds of age, with a life of an hour. */
const token = (name: string, from: number, used: number | null, told = {}) => [
  {
    fingerprint: name,
    issued_at: at(from),
    expires_at: at(from + 3600),
    scopes: ['a', 'b'],
    ...told,
  },
  ...(used === null
    ? []
    : [
        {
          fingerprint: name,
          event: 'used',
          uses: 2,
          first_used_at: at(from),
          last_used_at: at(from + used),
        },
      ]),
];

describe('a token', () => {
  it('is told with its life, its idle tail and what it outlived', async () => {
    await database.fill({
      session_parts: [{ started_at: at(0), last_span_at: at(500), task_ended_at: at(600) }],
      token_events: token('t', 0, 900),
      permission_uses: [
        { permission: 'oauth:a', first_used_at: at(1) },
        { permission: 'oauth:other', first_used_at: at(1) },
      ],
    });
    const [row] = await database.ask('tokens');
    expect(row).toMatchObject({
      fingerprint: 't',
      session: 's',
      scopes: ['a', 'b'],
      scopes_requested: [],
      scopes_used: ['a'],
      issued_at: at(0),
      session_ended_at: at(600),
      uses: 2,
      sessions: 1,
      life_s: 3600,
      used_s: 900,
      utilisation: 0.25,
      idle_tail_s: 2700,
      task_overhang_s: 3000,
      used_after_end: 0,
      suggested_ttl_s: null,
    });
  });

  it('never used idles for all its life, and one without an end comes first', async () => {
    await database.fill({
      token_events: [
        ...token('idle', 0, null),
        ...token('endless', 0, 10, { expires_at: null }),
        ...token('busy', 0, 3500),
      ],
    });
    const rows = await database.ask('tokens');
    expect(rows.map((row) => [row['fingerprint'], row['idle_tail_s'], row['utilisation']])).toEqual(
      [
        ['endless', null, null],
        ['idle', 3600, null],
        ['busy', 100, 3500 / 3600],
      ],
    );
  });

  it('used after its end is an alarm only beyond five seconds of skew', async () => {
    await database.fill({
      token_events: [
        ...token('skewed', 0, 3605),
        ...token('late', 0, 3606),
        ...token('revoked', 0, 100),
        { fingerprint: 'revoked', event: 'revoked', revoked_at: at(50) },
      ],
    });
    const rows = await database.ask('tokens', { view: 'used_after_end' });
    expect(rows.map((row) => [row['fingerprint'], row['used_after_end']])).toEqual([
      ['late', 1],
      ['revoked', 1],
    ]);
  });

  it.each([
    ['never_end', ['endless']],
    ['never_used', ['idle']],
    ['revoked', ['revoked']],
    ['outlived_session', ['idle']],
  ])('is found in the view %s', async (view, names) => {
    await database.fill({
      session_parts: [{ started_at: at(0), last_span_at: at(3599) }],
      token_events: [
        ...token('idle', 10, null),
        ...token('endless', 0, 10, { expires_at: null }),
        ...token('revoked', 0, 40),
        { fingerprint: 'revoked', event: 'revoked', revoked_at: at(50) },
      ],
    });
    const rows = await database.ask('tokens', { view });
    expect(rows.map((row) => row['fingerprint'])).toEqual(names);
  });

  it.each([
    [58, null],
    [59, 1.25 * 158],
    [298, 1.25 * 397],
  ])(
    'of an agent with %i ended ones is advised the longest use, a quarter more',
    async (n, ttl) => {
      await database.fill({
        token_events: Array.from({ length: n }, (_, i) => token(`t${i}`, i * 60, 100 + i)).flat(),
      });
      const [row] = await database.ask('token_agents');
      expect(row).toMatchObject({ tokens: n, ended: n, suggested_ttl_s: ttl });
    },
  );

  it('of an agent with 299 is advised the 99th percentile, a minute at least', async () => {
    await database.fill({
      token_events: Array.from({ length: 299 }, (_, i) =>
        token(`t${i}`, i * 60, i < 297 ? 20 : 3000),
      ).flat(),
    });
    const [row] = await database.ask('token_agents');
    expect(row).toMatchObject({ tokens: 299, suggested_ttl_s: 60 });
    // The last third are 100 tokens, of which two were used for longer than a minute.
    expect(row?.['renewals']).toBeCloseTo(2 / 100, 2);
  });

  it('is never advised to live longer than it does', async () => {
    await database.fill({
      token_events: Array.from({ length: 60 }, (_, i) =>
        token(`t${i}`, i * 60, 90, { expires_at: at(i * 60 + 100) }),
      ).flat(),
    });
    const [row] = await database.ask('tokens', { limit: 1 });
    expect(row).toMatchObject({ life_s: 100, suggested_ttl_s: 100 });
  });

  it('taken back early is advised by the life that it was given', async () => {
    await database.fill({
      token_events: Array.from({ length: 60 }, (_, i) => [
        ...token(`t${i}`, i * 60, 1, { expires_at: at(i * 60 + 60) }),
        { fingerprint: `t${i}`, event: 'revoked', revoked_at: at(i * 60 + 2) },
      ]).flat(),
    });
    const [row] = await database.ask('token_agents');
    expect(row).toMatchObject({ ttl_p50_s: 60, suggested_ttl_s: 60 });
  });

  it('pages by its cursor without a gap or a repetition, ties included', async () => {
    await database.fill({
      token_events: Array.from({ length: 7 }, (_, i) => token(`t${i}`, 0, 5)).flat(),
    });
    const names: unknown[] = [];
    let after: string | null = null;
    for (;;) {
      const rows = await database.ask('tokens', { after, limit: 3 });
      if (rows.length === 0) break;
      names.push(...rows.map((row) => row['fingerprint']));
      const cursor = rows.at(-1)?.['cursor'];
      after = typeof cursor === 'string' ? cursor : null;
    }
    expect(names).toEqual(['t0', 't1', 't2', 't3', 't4', 't5', 't6']);
  });

  it('is of its workspace, its environment and its window alone', async () => {
    await database.fill({
      token_events: [
        ...token('here', 0, 5),
        ...token('elsewhere', 0, 5).map((row) => ({ ...row, workspace: 'other' })),
        ...token('staging', 0, 5).map((row) => ({ ...row, environment: 'staging' })),
        ...token('before', -100 * 86_400, 5),
        ...token('after', 40 * 86_400, 5),
      ],
    });
    const rows = await database.ask('tokens', { environment: 'default' });
    expect(rows.map((row) => row['fingerprint'])).toEqual(['here']);
  });
});
