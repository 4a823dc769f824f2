// What the agent's bands, the matrix and the tables draw from the API's rows.
import { describe, expect, it } from 'vitest';
import type { AgentRow, HistoryRow, SurfaceRow } from '../../server/api/contract.ts';
import { withChange } from '../../web/lib/agent-change.ts';
import { readOrder, sortAgents } from '../../web/lib/agent-sort.ts';
import { axisLabels, bandInWords, bandOf, mostUses } from '../../web/lib/bands.ts';
import { bucketOf, changesOf } from '../../web/lib/drift.ts';
import { barLength, sharesOf } from '../../web/lib/shares.ts';
import { progressOf, worstFirst } from '../../web/lib/surface-rows.ts';
import { SHOWS, readShow } from '../../web/lib/surface-show.ts';
import { NO_EVIDENCE, surfaceRow } from './rows.ts';

const window = { since: new Date('2026-11-01T00:00:00Z'), until: new Date('2026-11-11T00:00:00Z') };
const history = (told: Partial<HistoryRow>): HistoryRow => ({
  permission: 'p',
  resource_pattern: '*',
  held: [],
  used_days: [],
  denied_days: [],
  ...told,
});

describe('a band', () => {
  it('cuts what is held to the window, open ends at its end', () => {
    const row = history({
      held: [
        { from: '2026-10-01T00:00:00Z', to: '2026-11-03T00:00:00Z' },
        { from: '2026-11-06T00:00:00Z', to: null },
        { from: '2026-09-01T00:00:00Z', to: '2026-09-02T00:00:00Z' },
      ],
    });
    expect(bandOf(row, window, 1).held).toEqual([
      { x: 0, width: 20 },
      { x: 50, width: 50 },
    ]);
  });

  it('marks days of use by the log of their uses, and refusals in the middle of their day', () => {
    const row = history({
      used_days: [
        { day: '2026-11-02', uses: 1 },
        { day: '2026-11-05', uses: 100 },
        { day: '2026-12-01', uses: 5 },
      ],
      denied_days: [{ day: '2026-11-10', denials: 2 }],
    });
    const band = bandOf(row, window, mostUses([row]));
    expect(band.used.map(({ x, width, uses }) => ({ x, width, uses }))).toEqual([
      { x: 10, width: 10, uses: 1 },
      { x: 40, width: 10, uses: 100 },
    ]);
    expect(band.used[0]?.step).toBeLessThan(band.used[1]?.step ?? 0);
    expect(band.used[1]?.step).toBe(10);
    expect(band.denied).toEqual([{ x: 95, denials: 2 }]);
    expect(bandInWords(row, true)).toBe('not held, used 106 times on 3 days, denied 2 times');
  });

  it('still shows what was held for a minute, inside the band', () => {
    const row = history({ held: [{ from: '2026-11-10T23:59:00Z', to: null }] });
    expect(bandOf(row, window, 1).held).toEqual([{ x: 99, width: 1 }]);
  });

  it('puts adjoining days of a long window in one mark and loses no use', () => {
    const since = new Date('2025-10-20T00:00:00Z');
    const days = Array.from({ length: 390 }, (_, index) => ({
      day: new Date(since.getTime() + (index + 2) * 86_400_000).toISOString().slice(0, 10),
      uses: 1,
    }));
    const band = bandOf(
      history({ used_days: days }),
      { since, until: new Date('2026-11-24T00:00:00Z') },
      1,
    );
    expect(band.used.length).toBeLessThanOrEqual(121);
    expect(band.used.reduce((sum, mark) => sum + mark.uses, 0)).toBe(390);
  });

  it('has an axis in the unit of the window', () => {
    expect(axisLabels(window, window.until).map(({ label }) => label)).toEqual([
      '10 days',
      '7',
      '3',
      'now',
    ]);
    expect(axisLabels(window, new Date('2026-12-01'))[3]?.label).toBe('end');
  });
});

describe('rows and figures', () => {
  it('the surface begins with what can be taken back, the heaviest first', () => {
    const rows = worstFirst([
      surfaceRow({ permission: 'd', verdict: 'used', uses: 9 }),
      surfaceRow({ permission: 'b', weight: 3 }),
      surfaceRow({ permission: 'c', verdict: 'too_young', weight: 10 }),
      surfaceRow({ permission: 'e', weight: 10, granted: false, verdict: 'insufficient' }),
      surfaceRow({ permission: 'a', weight: 10 }),
    ]);
    expect(rows.map((row) => row.permission)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('evidence is as far as the slower of days and sessions, and says only what is lacking', () => {
    const gathered = { days: 9, days_needed: 14, sessions: 210, sessions_needed: 299 };
    const due_at = '2026-12-01T00:00:00Z';
    expect(progressOf({ ...gathered, due_at })).toEqual({
      share: 9 / 14,
      words: '9 of 14 days, 210 of 299 sessions',
      slow: false,
    });
    expect(progressOf({ ...gathered, days: 88, due_at: null })).toEqual({
      share: 210 / 299,
      words: '210 of 299 sessions',
      slow: true,
    });
    // A day old, nobody knows its pace.
    expect(progressOf({ ...gathered, days: 1, due_at: null })?.slow).toBe(false);
    expect(progressOf(NO_EVIDENCE)).toBeNull();
    expect(progressOf({ ...NO_EVIDENCE, days: 20, days_needed: 14 })).toBeNull();
  });

  it('crosses of refusals that would lie on one another fall together', () => {
    const denied_days = ['01', '02', '09'].map((day) => ({ day: `2026-11-${day}`, denials: 2 }));
    const long = { since: new Date('2026-09-01'), until: new Date('2026-11-30') };
    const crosses = bandOf(history({ denied_days }), long, 1).denied;
    expect(crosses.map(({ denials }) => denials)).toEqual([4, 2]);
    expect((crosses[1]?.x ?? 0) - (crosses[0]?.x ?? 0)).toBeGreaterThan(7);
  });

  it('the three parts of what is held add up to it', () => {
    expect(sharesOf({ granted: 31, unused: 25, unused_proven: 20 })).toEqual({
      used: 6,
      unused: 20,
      undetermined: 5,
    });
    expect(sharesOf({ granted: 0, unused: 0, unused_proven: 0 })).toEqual({
      used: 0,
      unused: 0,
      undetermined: 0,
    });
  });

  it('one agent with a thousand permissions makes no stubs of the others', () => {
    expect(barLength([14, 11, 8, 5, 5, 2])).toBe(14);
    expect(barLength([1200, 18, 18, 17, 18, 12])).toBe(72);
    expect(barLength([1200])).toBe(1200);
    expect(barLength([])).toBe(1);
  });

  it('the cards of the overview show the rows that they count', () => {
    const now = new Date('2026-11-22T00:00:00Z');
    const fresh = surfaceRow({ held_since: '2026-11-20T00:00:00Z', verdict: 'too_young' });
    const ids = (row: SurfaceRow) =>
      SHOWS.filter((show) => show.fits(row, now)).map(({ id }) => id);
    expect(ids(fresh)).toEqual(['all', 'new', 'blind']);
    expect(ids(surfaceRow({ held_since: '2026-01-01T00:00:00Z' }))).toEqual(['all', 'unused']);
    expect(ids(surfaceRow({ granted: false }))).toEqual(['all']);
    expect(readShow('nonsense').id).toBe('all');
  });

  it('drift shows the steps of both lines, newest first', () => {
    const rows = [
      { bucket_at: '2026-11-01T00:00:00Z', granted: 1, used: 1 },
      { bucket_at: '2026-11-02T00:00:00Z', granted: 3, used: 1 },
      { bucket_at: '2026-11-03T00:00:00Z', granted: 3, used: 1 },
      { bucket_at: '2026-11-04T00:00:00Z', granted: 2, used: 2 },
    ];
    expect(changesOf(rows)).toEqual([
      { at: '2026-11-04T00:00:00Z', granted: -1, used: 1 },
      { at: '2026-11-02T00:00:00Z', granted: 2, used: 0 },
    ]);
    expect(bucketOf(window)).toBe('day');
    expect(bucketOf({ since: new Date(0), until: new Date(3_600_000) })).toBe('hour');
    expect(bucketOf({ since: new Date(0), until: new Date(400 * 86_400_000) })).toBe('week');
  });

  it('agents are sorted as the address says, those with unknown grants after the others', () => {
    const agent = (name: string, weight: number, known = true): AgentRow =>
      ({ agent: name, environment: 'e', unused_weight: weight, grants_known: known }) as AgentRow;
    const rows = [agent('b', 1), agent('unknown', 99, false), agent('c', 7), agent('a', 1)];
    const names = (sort: string | null) =>
      sortAgents(withChange(rows, undefined), readOrder(sort)).map((row) => row.agent);
    expect(names(null)).toEqual(['c', 'a', 'b', 'unknown']);
    expect(names('agent')).toEqual(['a', 'b', 'c', 'unknown']);
    expect(names('-agent')).toEqual(['unknown', 'c', 'b', 'a']);
    expect(readOrder('-constructor')).toEqual(readOrder(null));
  });

  it('the change of an index is told where both are known, and sorts', () => {
    const row = (agent: string, excess_index: number | null) =>
      ({ agent, environment: 'e', excess_index, grants_known: true }) as AgentRow;
    const before = [
      { agent: 'up', environment: 'e', excess_index: 10 },
      { agent: 'down', environment: 'e', excess_index: 40 },
      { agent: 'elsewhere', environment: 'f', excess_index: 5 },
    ];
    const rows = withChange(
      [row('up', 30), row('down', 20), row('elsewhere', 9), row('unknown', null)],
      before,
    );
    expect(rows.map(({ agent, excess_index_7d }) => [agent, excess_index_7d])).toEqual([
      ['up', 20],
      ['down', -20],
      ['elsewhere', null],
      ['unknown', null],
    ]);
    expect(sortAgents(rows, readOrder('-excess_index_7d'))[0]?.agent).toBe('up');
  });
});
