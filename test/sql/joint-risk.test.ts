// The joint risk: against an independent computation, and its coverage where the data itself chose what to take away.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const sqlOf = (name: string): string =>
  readFileSync(new URL(`./questions/${name}.sql`, import.meta.url), 'utf8');

/** Runs of the property: each fills a database. */
const RUNS = 12;
const UNTIL = Date.parse('2026-10-30T00:00:00Z');
const HOUR = 3_600_000;
const at = (hours: number, seconds = 0): string =>
  new Date(UNTIL - hours * HOUR + seconds * 1000).toISOString();

/** A session every seven hours, each with the tools that it used. */
type History = readonly (readonly number[])[];
const TOOLS = Array.from({ length: 8 }, (_, i) => `tool:read_${i}`);
const history = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<number[]>([]) },
    { weight: 1, arbitrary: fc.subarray([0, 1, 2, 3, 4, 5, 6, 7], { maxLength: 2 }) },
  ),
  { minLength: 200, maxLength: 290 },
);

const toGiven = (sessions: History): Given => ({
  session_parts: sessions.map((_, i) => ({
    session: `s${i}`,
    started_at: at(7 * (sessions.length - i)),
    last_span_at: at(7 * (sessions.length - i), 60),
  })),
  surfaces: TOOLS.map((permission) => ({ surface_hash: 'h', permission })),
  grants: [
    {
      kind: 'import',
      session: '',
      source: 'roles',
      source_ref: 'r',
      surface_hash: 'h',
      granted_at: at(100 * 24),
    },
  ],
  permission_uses: sessions.flatMap((used, i) =>
    used.map((tool) => ({
      session: `s${i}`,
      permission: TOOLS[tool],
      first_used_at: at(7 * (sessions.length - i), 30),
      last_used_at: at(7 * (sessions.length - i), 30),
    })),
  ),
});

/** Upper 95 % bound of a Poisson mean of which x were seen, by bisection of its distribution function. */
const poissonBound = (x: number): number => {
  const below = (mean: number): number => {
    let term = Math.exp(-mean);
    let sum = term;
    for (let i = 1; i <= x; i += 1) sum += term *= mean / i;
    return sum;
  };
  let [low, high] = [0, 400];
  for (let i = 0; i < 100; i += 1) {
    const middle = (low + high) / 2;
    if (below(middle) > 0.05) low = middle;
    else high = middle;
  }
  return low;
};

const riskOf = (sessions: History): { risk: number; uses: number; late: number } => {
  const late = Math.floor(sessions.length / 3);
  const known = new Set(sessions.slice(0, sessions.length - late).flat());
  const uses = sessions
    .slice(sessions.length - late)
    .filter((used) => used.some((tool) => !known.has(tool))).length;
  const risk = uses === 0 ? 1 - 0.05 ** (1 / late) : Math.min(1, poissonBound(uses) / late);
  return { risk, uses, late };
};

describe('the joint risk', () => {
  it('is what an independent computation makes of the same sessions', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (sessions) => {
        await database.clear();
        await database.fill(toGiven(sessions));
        const rows = await database.ask('recommendations', { kind: ['remove_permission'] });
        const { risk, uses, late } = riskOf(sessions);
        const unused = TOOLS.filter((_, tool) => !sessions.flat().includes(tool));
        expect(rows.map((row) => row['permission'])).toEqual(risk <= 0.05 ? unused : []);
        for (const row of rows) {
          expect(row).toMatchObject({ joint_sessions: late, joint_uses: uses });
          expect(row['joint_risk'] as number).toBeCloseTo(risk, 4);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('is above 5 % where a session of the last third used what the first two did not', async () => {
    const quiet: History = Array.from({ length: 240 }, () => []);
    const late = quiet.map((used, i) => (i === 230 ? [3] : used));
    await database.clear();
    await database.fill(toGiven(late));
    expect(await database.ask('recommendations', { kind: ['remove_permission'] })).toEqual([]);
    await database.clear();
    await database.fill(toGiven(quiet));
    const rows = await database.ask('recommendations', { kind: ['remove_permission'] });
    expect(rows).toHaveLength(TOOLS.length);
  });

  it('holds in 95 % of 2,000 agents with 40 permissions, where the bound of each alone fails nearly always', async () => {
    await database.connection.run(sqlOf('simulate_agents'));
    const answer = await database.connection.runAndReadAll(sqlOf('coverage'));
    const [row] = answer.getRowObjectsJson() as Record<string, number | string>[];
    process.stdout.write(`joint risk over 2,000 simulated agents: ${JSON.stringify(row)}\n`);
    expect(Number(row?.['agents'])).toBe(2000);
    expect(Number(row?.['joint_violated'])).toBeLessThanOrEqual(0.05);
    expect(Number(row?.['removed_violated'])).toBeLessThanOrEqual(0.05);
    expect(Number(row?.['naive_violated'])).toBeGreaterThan(0.8);
  });
});
