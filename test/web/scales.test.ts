// Where charts put things: token bars, ticks, stacks, the brush, and areas of steps.
import { describe, expect, it } from 'vitest';
import type { TokenRow } from '../../server/api/contract.ts';
import { brushed, stackBuckets } from '../../web/charts/buckets.ts';
import { tokenLanes } from '../../web/charts/lanes.ts';
import { lifeBars } from '../../web/charts/lifetimes.ts';
import { placeNote } from '../../web/charts/notes.ts';
import { stepPath } from '../../web/charts/steps.ts';
import { ageTicks, offsetTicks } from '../../web/charts/ticks.ts';

const at = (seconds: number) => new Date(Date.UTC(2026, 10, 22) + seconds * 1000).toISOString();
const NOW = Date.UTC(2026, 10, 22) + 10_000_000;

const token = (more: Partial<TokenRow> = {}): TokenRow => ({
  fingerprint: 'f1',
  agent: 'a',
  environment: 'default',
  session: 's',
  trace_id: null,
  type: null,
  issuer: null,
  audience: null,
  scopes: [],
  scopes_requested: [],
  scopes_used: [],
  issued_at: at(0),
  expires_at: at(100),
  revoked_at: null,
  session_ended_at: at(50),
  first_used_at: at(10),
  last_used_at: at(25),
  uses: 2,
  sessions: 1,
  life_s: 100,
  used_s: 25,
  utilisation: 0.25,
  idle_tail_s: 75,
  task_overhang_s: 50,
  used_after_end: 0,
  suggested_ttl_s: null,
  ...more,
});
const bar = (more: Partial<TokenRow>, axis: 'life' | 'age' | 'clock' = 'life') =>
  lifeBars([token(more)], axis, NOW).bars[0];

describe('a token as a bar', () => {
  it('is placed by share of its life', () => {
    expect(bar({})).toEqual({
      fingerprint: 'f1',
      from: 0,
      to: 1,
      open: false,
      issue_known: true,
      used_to: 0.25,
      session_end: 0.5,
      late: false,
      after_end: false,
      revoked: null,
    });
  });

  it('ends at the earlier of expiry and revocation', () => {
    expect(bar({ revoked_at: at(50) })?.used_to).toBe(0.5);
    expect(bar({ revoked_at: at(200) })?.used_to).toBe(0.25);
  });

  it('is late when used after its session, and past its end just outside the axis', () => {
    expect(bar({ last_used_at: at(60) })?.late).toBe(true);
    const after = bar({ last_used_at: at(500), used_after_end: 3 });
    expect([after?.used_to, after?.after_end]).toEqual([1.04, true]);
  });

  it('stays open where it never ends, and starts at its first use where no issue was seen', () => {
    expect(bar({ expires_at: null })?.open).toBe(true);
    const unseen = bar({ issued_at: null }, 'clock');
    expect([unseen?.issue_known, unseen?.from]).toEqual([false, Date.parse(at(10))]);
  });

  it('is placed by age and by the clock, on axes that hold every bar', () => {
    const both = [token(), token({ expires_at: at(5000), issued_at: at(1000) })];
    expect(lifeBars(both, 'age', NOW).domain).toEqual([1, 4000]);
    expect(lifeBars(both, 'clock', NOW).domain).toEqual([Date.parse(at(0)), Date.parse(at(5000))]);
    expect(lifeBars([], 'clock', NOW).domain).toEqual([NOW - 1000, NOW]);
  });

  it('has a bar even where no instant of it is known', () => {
    const nothing = bar({
      issued_at: null,
      expires_at: null,
      first_used_at: null,
      last_used_at: null,
      session_ended_at: null,
    });
    expect([nothing?.from, nothing?.to, nothing?.used_to]).toEqual([0, 0, null]);
  });
});

describe('tokens as lanes', () => {
  it('stand in order of issue with the life left after the last use', () => {
    const lanes = tokenLanes([
      token({ fingerprint: 'late', issued_at: at(5), scopes: ['a', 'b'] }),
      token({ expires_at: null, type: 'api_key' }),
    ]);
    expect(lanes.map(({ fingerprint, label, idle_s }) => [fingerprint, label, idle_s])).toEqual([
      ['f1', 'api_key', null],
      ['late', 'a, b', 75],
    ]);
  });
});

describe('ticks', () => {
  it('are round offsets within the axis', () => {
    expect(offsetTicks(0, 228, 4)).toEqual([0, 60, 120, 180]);
    expect(offsetTicks(0, 0.004, 4)).toEqual([0, 0.001, 0.002, 0.003, 0.004]);
    expect(offsetTicks(30, 30, 4)).toEqual([30]);
  });

  it('on the axis of ages are thinned until they stand apart', () => {
    const log = (age: number) => Math.log10(age) * 20;
    expect(ageTicks(1, 3600, log, 25)).toEqual([1, 60, 3600]);
    expect(ageTicks(1, 3600, log, 5)).toEqual([1, 10, 60, 600, 3600]);
  });
});

describe('the histogram', () => {
  const HOUR = 3600;
  const rows = [1, 0, 3].map((hour) => ({
    bucket_at: at(hour * HOUR),
    allow: 5,
    deny: 2,
    deny_unenforced: 0,
    require_approval: 1,
    other: 0,
  }));
  const bars = stackBuckets(rows, {
    bucket_ms: HOUR * 1000,
    until_ms: Date.parse(at(3.5 * HOUR)),
  });

  it('stacks in order of time, each as wide as its bucket, the last cut at the end', () => {
    expect(bars.map(({ from_ms, to_ms }) => [from_ms, to_ms])).toEqual([
      [Date.parse(at(0)), Date.parse(at(HOUR))],
      [Date.parse(at(HOUR)), Date.parse(at(2 * HOUR))],
      [Date.parse(at(3 * HOUR)), Date.parse(at(3.5 * HOUR))],
    ]);
    expect(bars[0]?.parts.map(({ part, from, to }) => [part, from, to])).toEqual([
      ['allow', 0, 5],
      ['other', 5, 5],
      ['require_approval', 5, 6],
      ['deny', 6, 8],
    ]);
  });

  it('widens a brush to whole bars, drawn either way', () => {
    const range = { since: at(0), until: at(2 * HOUR) };
    expect(brushed(bars, Date.parse(at(1800)), Date.parse(at(HOUR + 60)))).toEqual(range);
    expect(brushed(bars, Date.parse(at(HOUR + 60)), Date.parse(at(1800)))).toEqual(range);
    expect(brushed(bars, Date.parse(at(2.2 * HOUR)), Date.parse(at(2.4 * HOUR)))).toBeNull();
  });
});

describe('the surface over time', () => {
  it('is drawn as steps closed along the baseline', () => {
    const points = [
      { x: 0, y: 5 },
      { x: 10, y: 2 },
    ];
    expect(stepPath(points, 20, 30)).toBe('M0 20V5H10V2H30V20Z');
    expect(stepPath([], 20, 30)).toBe('');
  });
});

describe('a note beside a mark', () => {
  it('stands right of it, left where there is no room, at the edge where there is none at all', () => {
    const room = { before: 92, after: 110, width: 300 };
    expect(placeNote('remember', room)).toEqual({ x: 110, anchor: 'start' });
    const late = { before: 242, after: 260, width: 300 };
    expect(placeNote('remember', late)).toEqual({ x: 242, anchor: 'end' });
    const tight = { before: 30, after: 48, width: 80 };
    expect(placeNote('remember', tight)).toEqual({ x: 78, anchor: 'end' });
  });
});
