// Verdicts against an independent computation, and what may never happen whatever the telemetry.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

/** Runs of each property: each one fills a database, and the machine is shared. */
const RUNS = 6;
const UNTIL = Date.parse('2026-10-30T00:00:00Z');
const DAY = 86_400_000;
const at = (days: number, seconds = 0) =>
  new Date(UNTIL - days * DAY + seconds * 1000).toISOString();

/** Sessions on so many days before the end, each with the tools it was offered and those it used. */
interface Session {
  day: number;
  task: number | null;
  tools: readonly number[];
  used: readonly number[];
}
const TOOLS = ['tool:read_it', 'tool:update_it', 'tool:delete_it'];
const session = fc.record({
  day: fc.integer({ min: 1, max: 88 }),
  task: fc.option(fc.integer({ min: 0, max: 5 }), { freq: 3 }),
  tools: fc.subarray([0, 1, 2]),
  used: fc.subarray([0, 1, 2], { maxLength: 1 }),
});
/** Some histories are long and steady, so that every verdict is met. */
const history = fc
  .record({
    random: fc.array(session, { maxLength: 30 }),
    steady: fc.constantFrom(0, 0, 1, 4),
    tools: fc.subarray([0, 1, 2], { minLength: 1 }),
  })
  .map(({ random, steady, tools }): Session[] => [
    ...random,
    ...Array.from({ length: steady * 88 }, (_, i) => ({
      day: 1 + (i % 88),
      task: null,
      tools,
      used: [],
    })),
  ]);

const toGiven = (sessions: readonly Session[], told = {}): Given => ({
  session_parts: sessions.map(({ day, task }, i) => ({
    session: `s${i}`,
    started_at: at(day, i),
    last_span_at: at(day, i + 1),
    task_id: task === null ? null : `task${task}`,
    ...told,
  })),
  grants: sessions.flatMap(({ day, tools }, i) =>
    tools.map((tool) => ({
      session: `s${i}`,
      surface_hash: `h${tool}`,
      granted_at: at(day, i),
      ended_at: at(day, i + 1),
      ...told,
    })),
  ),
  permission_uses: sessions.flatMap(({ day, used, tools }, i) =>
    used
      .filter((tool) => tools.includes(tool))
      .map((tool) => ({
        session: `s${i}`,
        permission: TOOLS[tool],
        first_used_at: at(day, i),
        last_used_at: at(day, i),
        ...told,
      })),
  ),
  surfaces: TOOLS.map((permission, tool) => ({
    surface_hash: `h${tool}`,
    permission,
    ...workspaceOf(told),
  })),
});
const workspaceOf = (told: object) => ('workspace' in told ? { workspace: told.workspace } : {});

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
};

/** The rules of the analysis in plain code, for tool lists alone. */
const judge = (
  sessions: readonly Session[],
  tool: number,
): { verdict: string; n: number } | null => {
  const numbered = sessions.map((one, i) => ({ ...one, begin: UNTIL - one.day * DAY + i * 1000 }));
  const ordered = numbered.sort((a, b) => a.begin - b.begin);
  const tasks = new Set<number>();
  const counted = ordered.map((one) => {
    const first = one.task === null || !tasks.has(one.task);
    if (one.task !== null) tasks.add(one.task);
    return { ...one, counts: first ? 1 : 0 };
  });
  const days = new Map<number, number>();
  for (const { begin, counts } of counted) {
    const day = Math.floor(begin / DAY);
    days.set(day, (days.get(day) ?? 0) + counts);
  }
  const middle = median([...days.values()].filter((n) => n > 0));
  const held = counted.filter(({ tools }) => tools.includes(tool));
  const last = held.at(-1);
  if (last === undefined) return null;
  const share = (one: (typeof counted)[number]) =>
    one.counts *
    Math.min(1, (2 * middle) / Math.max(1, days.get(Math.floor(one.begin / DAY)) ?? 1));
  const n = Math.floor(held.reduce((sum, one) => sum + share(one), 0) + 1e-9);
  const heldNow = last.begin + 1000 >= UNTIL - 14 * DAY;
  let since = last.begin;
  for (const one of [...held].reverse())
    if (since - (one.begin + 1000) <= 14 * DAY) since = one.begin;
  const uses = held.filter(({ used }) => used.includes(tool));
  const [needDays, needBound] = [
    [14, 0.05],
    [30, 0.01],
    [90, 0.005],
  ][tool] ?? [0, 0];
  const heldDays = Math.floor((UNTIL - since) / DAY);
  let end = 0;
  let gap = 0;
  for (const one of ordered) {
    if (end > 0) gap = Math.max(gap, one.begin - end);
    end = Math.max(end, one.begin + 1000);
  }
  const silent = UNTIL - end;
  const verdict = () => {
    if (!heldNow) return uses.length > 0 ? 'used' : 'insufficient';
    if (uses.length >= 3 || (uses.length > 0 && heldDays < (needDays ?? 0))) return 'used';
    if (silent > 5 * DAY && silent > 2 * gap) return 'unobservable';
    if (heldDays < (needDays ?? 0)) return 'too_young';
    if (uses.length > 0 && n >= 59) return 'rare';
    return n === 0 || 1 - 0.05 ** (1 / n) > (needBound ?? 0) ? 'insufficient' : 'unused';
  };
  return { verdict: verdict(), n };
};

const ask = async (...givens: Given[]) => {
  await database.clear();
  for (const given of givens) await database.fill(given);
  return database.ask('surface');
};
const property = async (check: (sessions: Session[]) => Promise<void>) =>
  fc.assert(fc.asyncProperty(history, check), { numRuns: RUNS });

describe('whatever the sessions', () => {
  it('every verdict is the one that the rules give', async () => {
    const met = new Set<unknown>();
    await property(async (sessions) => {
      const rows = await ask(toGiven(sessions));
      for (const [tool, permission] of TOOLS.entries()) {
        const row = rows.find((one) => one['permission'] === permission);
        const due = judge(sessions, tool);
        met.add(due?.verdict);
        expect(row?.['verdict']).toBe(due?.verdict);
      }
    });
    expect(met.size).toBeGreaterThan(2);
  }, 120_000);

  it('denials never change a verdict', async () => {
    await property(async (sessions) => {
      const given = toGiven(sessions);
      const before = await ask(given);
      const denials = sessions.map((_, i) => ({
        session: `s${i}`,
        permission: TOOLS[i % 3],
        uses: 0,
        denials: 4,
        last_denied_at: at(1, i),
      }));
      const after = await ask(given, { permission_uses: denials });
      const verdicts = (rows: typeof before) =>
        rows
          .filter((row) => row['held_since'] !== null)
          .map((row) => [row['permission'], row['verdict']]);
      expect(verdicts(after)).toEqual(verdicts(before));
    });
  }, 120_000);

  it('one more use never makes what was used unused', async () => {
    await property(async (sessions) => {
      const given = toGiven(sessions);
      const before = await ask(given);
      const more = sessions.flatMap(({ tools, day }, i) =>
        tools.slice(0, 1).map((tool) => ({
          session: `s${i}`,
          permission: TOOLS[tool],
          resource_id: 'more',
          first_used_at: at(day, i),
          last_used_at: at(day, i),
        })),
      );
      const after = await ask(given, { permission_uses: more.slice(0, 1) });
      for (const row of after) {
        const was = before.find((one) => one['permission'] === row['permission']);
        if (was?.['verdict'] === 'used') expect(row['verdict']).toBe('used');
        if (row['verdict'] === 'unused') expect(row['uses']).toBe(0);
      }
    });
  }, 120_000);

  it('the rows of the surface, the agents and the overview count the same', async () => {
    await property(async (sessions) => {
      const surface = await ask(toGiven(sessions));
      const counts = {
        granted: surface.filter((row) => row['granted'] === true).length,
        used: surface.filter((row) => Number(row['uses']) > 0).length,
        used_not_held: surface.filter((row) => row['granted'] === false && Number(row['uses']) > 0)
          .length,
        unused: surface.filter((row) => row['granted'] === true && row['uses'] === 0).length,
      };
      expect(await database.ask('overview')).toMatchObject([counts]);
      const agents = await database.ask('agents');
      if (sessions.length > 0) expect(agents).toMatchObject([counts]);
    });
  }, 120_000);

  it('more sessions like those seen never widen the bound', async () => {
    await property(async (sessions) => {
      const steady = sessions.map((one) => ({ ...one, task: null }));
      const before = await ask(toGiven(steady));
      const after = await ask(toGiven([...steady, ...steady]));
      for (const row of after) {
        const was = before.find((one) => one['permission'] === row['permission'])?.[
          'absence_bound'
        ];
        const bound = row['absence_bound'];
        if (typeof was === 'number' && typeof bound === 'number')
          expect(bound).toBeLessThanOrEqual(was);
      }
    });
  }, 120_000);

  it('another workspace, environment or agent changes nothing', async () => {
    await property(async (sessions) => {
      const given = toGiven(sessions);
      const before = await ask(given);
      await database.fill(toGiven(sessions, { workspace: 'other' }));
      await database.fill({ ...toGiven(sessions, { environment: 'staging' }), surfaces: [] });
      expect(await database.ask('surface', { environment: 'default' })).toEqual(before);
    });
  }, 120_000);
});
