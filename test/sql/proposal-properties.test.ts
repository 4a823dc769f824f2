// What no proposal may ever do, whatever the telemetry: exceed what is held, or lose what was used.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

/** Runs of the property: each fills a database and replays every proposal. */
const RUNS = 16;
/** For all of them, on a busy machine. */
const TIMEOUT_MS = 90_000;
const UNTIL = Date.parse('2026-10-30T00:00:00Z');
const HOUR = 3_600_000;
const at = (hours: number, seconds = 0): string =>
  new Date(UNTIL - hours * HOUR + seconds * 1000).toISOString();

const HELD = [
  'crm:read_*',
  'crm:read_contact',
  'crm:delete_contact',
  'docs:read',
  'docs:update',
  'db:restore',
];
const USED = [
  'crm:read_contact',
  'crm:read_deal',
  'docs:read',
  'docs:update',
  'db:restore',
  'mail:send',
];
const GOALS = ['refund', 'lookup', null] as const;

interface Use {
  permission: number;
  every: number;
  resources: number;
}
const world = fc.record({
  sessions: fc.constantFrom(80, 200, 340, 340),
  held: fc.subarray([0, 1, 2, 3, 4, 5], { minLength: 1 }),
  uses: fc.uniqueArray(
    fc.record({
      permission: fc.integer({ min: 0, max: USED.length - 1 }),
      every: fc.constantFrom(1, 2, 3, 50, 150),
      resources: fc.constantFrom(0, 1, 3),
    }),
    { selector: (use: Use) => use.permission, maxLength: 4 },
  ),
  goals: fc.integer({ min: 1, max: 3 }),
});

const toGiven = ({
  sessions,
  held,
  uses,
  goals,
}: {
  sessions: number;
  held: readonly number[];
  uses: readonly Use[];
  goals: number;
}): Given => {
  const all = Array.from({ length: sessions }, (_, i) => i);
  const begins = (i: number): number => 6 * (sessions - i);
  return {
    session_parts: all.map((i) => ({
      session: `s${i}`,
      started_at: at(begins(i)),
      last_span_at: at(begins(i), 60),
      goal: GOALS[i % goals] ?? null,
    })),
    surfaces: held.map((n) => ({ surface_hash: 'h', permission: HELD[n] })),
    grants: [
      {
        kind: 'import',
        session: '',
        source: 'roles',
        source_ref: 'r',
        surface_hash: 'h',
        granted_at: at(150 * 24),
      },
    ],
    permission_uses: uses.flatMap(({ permission, every, resources }) =>
      all
        .filter((i) => i % every === 0)
        .map((i) => ({
          session: `s${i}`,
          permission: USED[permission],
          resource_type: resources === 0 ? '' : 'doc',
          resource_id: resources === 0 ? '' : `d${i % resources}`,
          first_used_at: at(begins(i), 30),
          last_used_at: at(begins(i), 30),
        })),
    ),
  };
};

const covers = (pattern: string, told: string): boolean =>
  pattern === told || (pattern.endsWith('*') && told.startsWith(pattern.slice(0, -1)));

describe('no proposal', () => {
  it(
    'exceeds what is held, and applied to all of history it loses no use',
    async () => {
      const kinds = new Set<string>();
      await fc.assert(
        fc.asyncProperty(world, async (told) => {
          await database.clear();
          await database.fill(toGiven(told));
          const held = told.held.map((n) => HELD[n] ?? '');
          for (const row of await database.ask('recommendations')) {
            const { kind, permission, resource_pattern, proposed } = row as Record<
              string,
              string
            > & {
              proposed: string[];
            };
            kinds.add(kind ?? '');
            expect(held).toContain(permission);
            if (kind === 'narrow_permission') {
              expect(proposed.every((one) => covers(permission ?? '', one))).toBe(true);
              expect(proposed).not.toContain(permission);
            }
            const params = {
              agent: 'a',
              environment: 'default',
              kind,
              permission,
              resource_pattern,
              proposed,
            };
            const [replay] = await database.ask('replay_summary', params as never);
            expect(replay).toMatchObject({ calls_lost: 0, sessions_lost: 0, goals_lost: [] });
            if (kind === 'remove_permission') {
              // Of what was never used nothing is covered by it alone; a pattern beside it covers its uses.
              expect(replay).toMatchObject({ calls_asked: 0, calls_unknown: 0 });
            }
          }
        }),
        { numRuns: RUNS, seed: 20_261_127 },
      );
      // The property says nothing of a kind that was never proposed.
      expect([...kinds].sort()).toEqual(
        expect.arrayContaining(['narrow_permission', 'raise_tier', 'remove_permission']),
      );
    },
    TIMEOUT_MS,
  );
});
