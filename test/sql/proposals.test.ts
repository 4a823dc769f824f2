// What is proposed in each kind, and what may never be proposed: generated sessions, a database, the question.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';
import { HOUR, instant, scene, together, UNTIL } from './questions/scene.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

const told = async (given: Given) => {
  await database.fill(given);
  const rows = await database.ask('recommendations');
  return rows.map((row) => ({
    ...row,
    is: `${row['kind'] as string} ${row['permission'] as string}`,
  }));
};

describe('a permission that no session uses', () => {
  it('is to be taken away where it reads and 59 sessions could have used it', async () => {
    const rows = await told(scene({ sessions: 180, held: ['crm:read', 'crm:list'] }));
    expect(rows.map(({ is }) => is)).toEqual([
      'remove_permission crm:list',
      'remove_permission crm:read',
    ]);
    // Both weigh the same, so each is half of the index; 1 × 90 days.
    for (const row of rows) {
      expect(row).toMatchObject({ index_reduction: 50, privilege_seconds: 90 * 86_400 });
      expect(row).toMatchObject({ granted_by: ['roles'], source_ref: ['a'], proposed: [] });
    }
  });

  it('stays where it was granted after the first session: the joint risk does not speak for it', async () => {
    const rows = await told(scene({ sessions: 180, held: ['crm:read'], held_days: 80 }));
    expect(rows).toEqual([]);
    const [row] = await database.ask('surface', { agent: ['a'] });
    expect(row).toMatchObject({ permission: 'crm:read', verdict: 'unused' });
  });

  it('is only handed out just in time where it is for bad days', async () => {
    const rows = await told(scene({ sessions: 700, held: ['db:restore_backup'] }));
    expect(rows.map(({ is }) => is)).toEqual(['just_in_time db:restore_backup']);
  });

  it('is asked for first where it destroys, at a bound of 5 %, and not where people are asked already', async () => {
    const given = scene({ sessions: 80, held: ['crm:delete', 'crm:purge'] });
    const asked = {
      decisions: [
        {
          occurred_at: instant(UNTIL - HOUR),
          permission: 'crm:purge',
          effect: 'require_approval',
          tier: 'single',
        },
      ],
    };
    const rows = await told(together(given, asked));
    expect(rows.map(({ is }) => is)).toEqual(['raise_tier crm:delete']);
    expect(await told(scene({ agent: 'b', sessions: 50, held: ['crm:delete'] }))).toHaveLength(1);
  });

  it('is not taken away where another agent of the same role uses it: it wants an identity of its own', async () => {
    const rows = await told(
      together(
        scene({ agent: 'a', sessions: 180, held: ['crm:read'], source_ref: 'role' }),
        scene({
          agent: 'b',
          sessions: 20,
          held: ['crm:read'],
          source_ref: 'role',
          uses: [{ permission: 'crm:read', every: 2 }],
        }),
      ),
    );
    expect(rows.map((row) => [row.is, row['agent' as never], row['shared_with' as never]])).toEqual(
      [['separate_identity crm:read', 'a', ['b']]],
    );
  });

  it('waits where another agent of the same role is not decided yet', async () => {
    const rows = await told(
      together(
        scene({ agent: 'a', sessions: 180, held: ['crm:read'], source_ref: 'role' }),
        scene({ agent: 'b', sessions: 20, held: ['crm:read'], source_ref: 'role' }),
      ),
    );
    expect(rows).toEqual([]);
  });

  it('gives nothing back while a pattern covers it still', async () => {
    const rows = await told(
      scene({
        sessions: 180,
        held: ['crm:list', 'crm:*'],
        uses: [{ permission: 'crm:get', every: 2 }],
      }),
    );
    expect(rows.find(({ is }) => is === 'remove_permission crm:list')).toMatchObject({
      still_granted: ['crm:*'],
      index_reduction: 0,
      privilege_seconds: 0,
    });
  });
});

describe('a pattern', () => {
  it('is narrowed to the permissions that it served, once nothing new is to be expected', async () => {
    const uses = ['crm:get', 'crm:list'].map((permission) => ({ permission, every: 2 }));
    const rows = await told(scene({ sessions: 620, held: ['crm:*'], uses }));
    expect(rows).toMatchObject([
      { is: 'narrow_permission crm:*', proposed: ['crm:get', 'crm:list'], used_once: 0 },
    ]);
    expect(await told(scene({ agent: 'b', sessions: 80, held: ['crm:*'], uses }))).toHaveLength(1);
  });

  it('is not narrowed where one of its permissions was used once only: the next may be another', async () => {
    const rows = await told(
      scene({
        sessions: 320,
        held: ['crm:*'],
        uses: [
          { permission: 'crm:get', every: 2 },
          { permission: 'crm:list', every: 1000 },
        ],
      }),
    );
    expect(rows).toEqual([]);
  });

  it('of resources is narrowed to those that were used, where every use names its own', async () => {
    const use = { permission: 'docs:read', every: 1, resource: (i: number) => `d${i % 3}` };
    const rows = await told(scene({ sessions: 180, held: ['docs:read'], uses: [use] }));
    expect(rows).toMatchObject([
      { is: 'narrow_resource docs:read', proposed: ['doc/d0', 'doc/d1', 'doc/d2'] },
    ]);
    await database.clear();
    const untold = { permission: 'docs:read', every: 7 };
    expect(await told(scene({ sessions: 180, held: ['docs:read'], uses: [use, untold] }))).toEqual(
      [],
    );
    await database.clear();
    const starred = { ...use, resource: () => 'd*' };
    expect(await told(scene({ sessions: 180, held: ['docs:read'], uses: [starred] }))).toEqual([]);
  });
});

describe('a permission in use', () => {
  it('is proposed for the goals that need it, where 59 sessions with others never did', async () => {
    const goal = (i: number): string => (i % 3 === 0 ? 'refund' : 'lookup');
    const uses = [{ permission: 'crm:read', every: 3 }];
    const rows = await told(scene({ sessions: 180, held: ['crm:read'], uses, goal }));
    expect(rows).toMatchObject([
      {
        is: 'task_scope crm:read',
        proposed: ['refund'],
        evidence: expect.stringContaining('0 uses in 120 sessions') as unknown,
      },
    ]);
    await database.clear();
    expect(await told(scene({ sessions: 60, held: ['crm:read'], uses, goal }))).toEqual([]);
  });

  it('that only reads needs no question where 20 answers all allowed it', async () => {
    const answers = (count: number, outcome: string) => ({
      decisions: Array.from({ length: count }, (_, i) => ({
        span_id: i + 1,
        permission: 'crm:read',
        effect: 'require_approval',
        tier: 'single',
        approval_outcome: i === 0 ? outcome : 'approved',
        occurred_at: instant(UNTIL - (i + 1) * HOUR),
        approval_requested_at: instant(UNTIL - (i + 1) * HOUR),
        approval_answered_at: instant(UNTIL - (i + 1) * HOUR + 3000),
      })),
    });
    const base = scene({
      sessions: 20,
      held: ['crm:read'],
      uses: [{ permission: 'crm:read', every: 1 }],
    });
    expect(await told(together(base, answers(20, 'approved')))).toMatchObject([
      {
        is: 'lower_tier crm:read',
        proposed: ['auto'],
        sessions: 20,
        evidence: expect.stringContaining('after 3 s') as unknown,
      },
    ]);
    await database.clear();
    expect(await told(together(base, answers(20, 'denied')))).toEqual([]);
    await database.clear();
    expect(await told(together(base, answers(19, 'approved')))).toEqual([]);
  });
});

describe('tokens', () => {
  const tokens = (count: number, used_s: number): Given => ({
    session_parts: [{ session: 's', started_at: instant(UNTIL - 80 * 24 * HOUR) }],
    token_events: Array.from({ length: count }, (_, i) => UNTIL - (i + 10) * HOUR).flatMap(
      (issued, i) => [
        {
          fingerprint: `f${i}`,
          type: 'jwt',
          issued_at: instant(issued),
          expires_at: instant(issued + HOUR),
        },
        {
          fingerprint: `f${i}`,
          event: 'used',
          uses: 1,
          first_used_at: instant(issued),
          last_used_at: instant(issued + used_s * 1000),
        },
      ],
    ),
  });

  it('are to live 1.25 times as long as the longest of 59 was used', async () => {
    expect(await told(tokens(59, 200))).toMatchObject([
      { kind: 'shorten_ttl', subject: 'jwt', present_s: 3600, proposed_s: 250, renewals: 0 },
    ]);
  });

  it('are left as they are where fewer ended, or where it would gain less than a fifth', async () => {
    expect(await told(tokens(58, 200))).toEqual([]);
    await database.clear();
    expect(await told(tokens(59, 2500))).toEqual([]);
  });
});
