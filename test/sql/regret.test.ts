// What was applied and taken back makes the next proposals of its kind stricter: bounds computed by hand.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';
import { scene, together } from './questions/scene.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

interface Past {
  kind: string;
  applied: number;
  restored: number;
  environment?: string;
}

/** Proposals of some other agent: so many applied, of which some were taken back. */
const past = ({ kind, applied, restored, environment = 'default' }: Past): Given => ({
  recommendation_states: Array.from({ length: applied }, (_, i) => ({
    recommendation_id: `${kind}-${environment}-${i}`,
    kind,
    environment,
    agent: 'other',
    permission: `other:${i}`,
    state: i < restored ? 'restored' : 'removed',
    restores: i < restored ? 1 : 0,
  })),
});

const proposed = async (...givens: Given[]): Promise<string[]> => {
  await database.clear();
  await database.fill(together(...givens));
  const rows = await database.ask('recommendations', { agent: ['a'] });
  return rows.map((row) => `${row['kind'] as string} ${row['permission'] as string}`);
};

describe('a removal at a joint risk of 4.870 %, 1 − 0.05^(1/60)', () => {
  const removal = 'remove_permission';
  const reader = scene({ sessions: 180, held: ['crm:read'] });

  it.each([
    // The joint risk must stay at 5 % × (1 − restored / max(applied, 10)) or below.
    { applied: 40, restored: 0, bar: '5 %', is: true },
    { applied: 40, restored: 1, bar: '4.875 %', is: true },
    { applied: 30, restored: 1, bar: '4.833 %', is: false },
    { applied: 1, restored: 1, bar: '4.5 %', is: false },
  ])('and a bar of $bar is proposed: $is', async ({ applied, restored, is }) => {
    const told = await proposed(reader, past({ kind: removal, applied, restored }));
    expect(told).toEqual(is ? ['remove_permission crm:read'] : []);
  });

  it('is proposed whatever was taken back of another kind or in another environment', async () => {
    const elsewhere = past({ kind: removal, applied: 9, restored: 9, environment: 'staging' });
    const other = past({ kind: 'raise_tier', applied: 9, restored: 9 });
    expect(await proposed(reader, elsewhere, other)).toEqual(['remove_permission crm:read']);
  });

  it('stays what it is where somebody accepted it before', async () => {
    await database.fill(reader);
    const [row] = await database.ask('recommendations');
    const accepted = {
      recommendation_states: [
        {
          recommendation_id: row?.['recommendation_id'],
          kind: removal,
          permission: 'crm:read',
          state: 'accepted',
        },
      ],
    };
    const regret = past({ kind: removal, applied: 9, restored: 9 });
    expect(await proposed(reader, regret, accepted)).toEqual(['remove_permission crm:read']);
  });
});

describe('where everything of its kind was taken back, a tenth of the bound', () => {
  const regret = (kind: string): Given => past({ kind, applied: 10, restored: 10 });

  it('is asked of a removal, and who destroys is asked for first in its place', async () => {
    const sessions = 700;
    const held = ['crm:delete'];
    const given = scene({ sessions, held });
    expect(await proposed(given)).toEqual(['remove_permission crm:delete']);
    expect(await proposed(given, regret('remove_permission'))).toEqual(['raise_tier crm:delete']);
  });

  it('is asked of asking first: 0.5 % needs 598 sessions, not 80', async () => {
    const given = scene({ sessions: 80, held: ['crm:delete'] });
    expect(await proposed(given, regret('raise_tier'))).toEqual([]);
    const more = scene({ sessions: 600, held: ['crm:delete', 'crm:read'], uses: [] });
    expect(await proposed(more, regret('raise_tier'), regret('remove_permission'))).toContain(
      'raise_tier crm:delete',
    );
  });

  it('is asked of a permission for bad days, which is not taken away instead', async () => {
    const given = scene({ sessions: 700, held: ['db:restore_backup'] });
    expect(await proposed(given)).toEqual(['just_in_time db:restore_backup']);
    expect(await proposed(given, regret('just_in_time'))).toEqual(['raise_tier db:restore_backup']);
  });

  it('is asked of a narrower pattern: 0 used once in 320 sessions is 0.93 %, not 0.1 %', async () => {
    const uses = ['crm:update_a', 'crm:update_b'].map((permission) => ({ permission, every: 2 }));
    const given = scene({ sessions: 320, held: ['crm:update_*'], uses });
    expect(await proposed(given)).toEqual(['narrow_permission crm:update_*']);
    expect(await proposed(given, regret('narrow_permission'))).toEqual([]);
  });

  it('is asked of narrower resources and of goals', async () => {
    const use = { permission: 'docs:read', every: 1, resource: (i: number) => `d${i % 3}` };
    const docs = scene({ sessions: 180, held: ['docs:read'], uses: [use] });
    expect(await proposed(docs)).toEqual(['narrow_resource docs:read']);
    expect(await proposed(docs, regret('narrow_resource'))).toEqual([]);
    const goal = (i: number): string => (i % 3 === 0 ? 'refund' : 'lookup');
    const uses = [{ permission: 'crm:read', every: 3 }];
    const goals = scene({ sessions: 180, held: ['crm:read'], uses, goal });
    expect(await proposed(goals)).toEqual(['task_scope crm:read']);
    expect(await proposed(goals, regret('task_scope'))).toEqual([]);
  });
});
