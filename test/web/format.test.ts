// How the pages write numbers, instants and text that agents chose.
import { describe, expect, it } from 'vitest';
import {
  ago,
  bandWords,
  compact,
  count,
  counted,
  dateTime,
  day,
  duration,
  indexBand,
  indexRange,
  milliseconds,
  percent,
  reasonInShort,
  signed,
} from '../../web/lib/format.ts';
import { pieces, plain, shortened } from '../../web/lib/marks.ts';
import { spanRate } from '../../web/lib/rate.ts';

const spaced = (text: string) => text.replaceAll('\u202f', ' ');
const now = new Date('2026-11-22T12:00:00Z');

describe('numbers', () => {
  it('are grouped, counted and shortened', () => {
    expect(count(18240)).toBe('18,240');
    expect(counted(1, 'agent')).toBe('1 agent');
    expect(counted(0, 'agent')).toBe('0 agents');
    expect(counted(2, 'identity', 'identities')).toBe('2 identities');
    expect(compact(9999)).toBe('9,999');
    expect(compact(1_240_000)).toBe('1.2M');
  });

  it('have a sign where they are changes, and no minus zero', () => {
    expect([3, -12, 0, -0.2, 0.4].map(signed)).toEqual(['+3', '−12', '0', '0', '0']);
  });

  it('are shares with the digits that tell', () => {
    expect([0, 0.00001, 0.0014, 0.014, 0.2, 1].map((share) => spaced(percent(share)))).toEqual([
      '0 %',
      '< 0.01 %',
      '0.14 %',
      '1.4 %',
      '20 %',
      '100 %',
    ]);
  });

  it('show the excess index as a range only where it is one', () => {
    expect(spaced(indexRange(78.2, 83.9))).toBe('78 – 84');
    expect(indexRange(57, 57.3)).toBe('57');
    expect(indexRange(57, null)).toBe('57');
    expect([bandWords(0, 87), bandWords(70, 90), bandWords(5, null)]).toEqual([
      'low to high',
      'high',
      'low',
    ]);
    expect([0, 33, 34, 66, 67, 100].map(indexBand)).toEqual([
      'low',
      'low',
      'medium',
      'medium',
      'high',
      'high',
    ]);
  });
});

describe('time', () => {
  it('spans are told in at most two units', () => {
    const cases: [number, string][] = [
      [0, '0 ms'],
      [0.04, '40 ms'],
      [59.6, '1 min'],
      [191, '3 min 11 s'],
      [28_800, '8 h'],
      [3601, '1 h'],
      [187_200, '2 d 4 h'],
      [-60, '−1 min'],
    ];
    for (const [seconds, words] of cases) expect(spaced(duration(seconds))).toBe(words);
    expect([0.42, 1.26, 40, 3000].map((value) => spaced(milliseconds(value)))).toEqual([
      '0.42 ms',
      '1.3 ms',
      '40 ms',
      '3 s',
    ]);
  });

  it('is told as how long ago, then as a day', () => {
    const back = (seconds: number) => new Date(now.getTime() - seconds * 1000);
    const words = [30, 300, 7200, 90_000, 200_000, 30 * 86_400, 400 * 86_400].map((seconds) =>
      ago(back(seconds), 'utc', now),
    );
    expect(words).toEqual([
      'now',
      '5 min ago',
      '2 h ago',
      '1 day ago',
      '2 days ago',
      '23 Oct',
      '18 Oct 2025',
    ]);
    expect(ago(back(-4 * 86_400 + 10), 'utc', now)).toBe('in 4 days');
  });

  it('is shown in the zone asked for', () => {
    expect(dateTime('2026-11-22T14:02:07Z', 'utc')).toBe('22 Nov 14:02:07');
    expect(day('2025-01-31T23:59:59Z', 'utc', now)).toBe('31 Jan 2025');
  });
});

describe('text that agents chose', () => {
  it('shows what cannot be seen and what turns text around as marks', () => {
    expect(pieces('evil\u202egnp.exe\u0007')).toEqual([
      { text: 'evil', mark: false },
      { text: 'U+202E', mark: true },
      { text: 'gnp.exe', mark: false },
      { text: 'U+0007', mark: true },
    ]);
    expect(plain('a\u200bb\nc\u{e0041}\ud800')).toBe('a‹U+200B›b‹↵›c‹U+E0041›‹U+D800›');
  });

  it('leaves ordinary text of any language as it is', () => {
    for (const text of ['procurement', 'Ærøskøbing 東京', 'שלום', '👩‍🚀'.replace('\u200d', '')])
      expect(plain(text)).toBe(text);
    expect(pieces('')).toEqual([]);
  });

  it('is cut before it stalls the page', () => {
    expect(plain('x'.repeat(1_000_000)).length).toBeLessThan(2100);
  });

  it('is shortened in its middle', () => {
    expect(shortened('write_everything_to_disk', 12)).toBe('write_e…disk');
    expect(shortened('short', 12)).toBe('short');
  });
});

describe('the rate of spans', () => {
  it('comes from a running total over ten seconds', () => {
    let counts = spanRate([], { spans: 1000, atMs: 0 });
    expect(counts).toMatchObject({ spansPerSecond: 0, grew: false });
    for (let second = 1; second <= 20; second++) {
      counts = spanRate(counts.counts, { spans: 1000 + second * 400, atMs: second * 1000 });
    }
    expect(counts).toMatchObject({ spansPerSecond: 400, grew: true });
    expect(counts.counts.length).toBeLessThanOrEqual(12);
  });

  it('starts anew where the total falls, and is zero where nothing comes', () => {
    const first = spanRate([], { spans: 500, atMs: 0 });
    expect(spanRate(first.counts, { spans: 10, atMs: 1000 })).toMatchObject({ spansPerSecond: 0 });
    expect(spanRate(first.counts, { spans: 500, atMs: 1000 })).toMatchObject({
      spansPerSecond: 0,
      grew: false,
    });
  });
});

describe('a reason in short', () => {
  it('keeps the first clause and groups its numbers', () => {
    const reason = '0 uses in 1080 sessions over 90 days: at most 0.28 % of sessions need it';
    expect(reasonInShort(reason)).toBe('in none of 1,080 sessions');
    expect(reasonInShort('377 uses in 165 of 2000 sessions over 90 days')).toBe(
      'in 165 of 2,000 sessions',
    );
    expect(reasonInShort('used in 1 session ever, 685 opportunities over 90 days')).toBe(
      'used in 1 session ever',
    );
    const needed = '0 uses in 58 of 59 sessions needed';
    expect(reasonInShort(needed)).toBe(needed);
    expect(reasonInShort('not held since 2026-11-26')).toBe('not held since 2026-11-26');
    expect(reasonInShort('held for 9 of 14 days')).toBe('held for 9 of 14 days');
    expect(reasonInShort('')).toBe('');
  });
});
