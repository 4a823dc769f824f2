// Ranges of time in the address.
import { describe, expect, it } from 'vitest';
import {
  DEFAULT_RANGE,
  absolute,
  fromInput,
  isRelative,
  rangeLabel,
  rangeWords,
  readRange,
  resolve,
  toInput,
} from '../../web/lib/range.ts';

const now = new Date('2026-11-22T12:00:00Z');
const read = (text: string) => readRange(new URLSearchParams(text), now);

describe('a range in the address', () => {
  it('is the last 90 days where none is asked for', () => {
    expect(read('')).toEqual(DEFAULT_RANGE);
    expect(resolve(DEFAULT_RANGE, now)).toEqual({
      since: new Date('2026-08-24T12:00:00Z'),
      until: now,
    });
  });

  it('stays relative and moves on with the clock', () => {
    const range = read('from=now-3h');
    expect(range).toEqual({ from: 'now-3h', to: 'now' });
    expect(isRelative(range)).toBe(true);
    const later = new Date('2026-11-22T13:00:00Z');
    expect(resolve(range, later)?.since.toISOString()).toBe('2026-11-22T10:00:00.000Z');
  });

  it('takes instants with any offset', () => {
    const range = read('from=2026-10-01T00:00:00%2B02:00&to=2026-10-02');
    expect(resolve(range, now)).toEqual({
      since: new Date('2026-09-30T22:00:00Z'),
      until: new Date('2026-10-02T00:00:00Z'),
    });
    expect(isRelative(range)).toBe(false);
  });

  it.each([
    'from=yesterday',
    'from=now-500d',
    'from=now-9999999999d',
    'from=now%2B1d',
    'from=2026-13-45',
    'from=2026-10-02&to=2026-10-01',
    'from=now&to=now',
    'from=%00&to=javascript:alert(1)',
  ])('is the default where %s cannot be read', (text) => {
    expect(read(text)).toEqual(DEFAULT_RANGE);
  });

  it('becomes absolute for a link that shows the same tomorrow', () => {
    expect(absolute(read('from=now-1d'), now)).toEqual({
      from: '2026-11-21T12:00:00.000Z',
      to: '2026-11-22T12:00:00.000Z',
    });
  });
});

describe('a range in words', () => {
  it('names presets, other relative ranges, and dates', () => {
    expect(rangeLabel(read('from=now-24h'), 'utc', now)).toBe('Last 24 hours');
    expect(rangeLabel(read('from=now-3w'), 'utc', now)).toBe('Last 3 weeks');
    const dates = rangeLabel(read('from=2026-10-01&to=2026-11-01'), 'utc', now);
    expect(dates).toMatch(/^1.31 October 2026$|^1.{1,3}31 Oct 2026$/u);
  });

  it('fits a sentence', () => {
    expect(rangeWords(DEFAULT_RANGE)).toBe('90 days');
    expect(rangeWords(read('from=now-1h'))).toBe('1 hour');
    expect(rangeWords(read('from=2026-10-01&to=2026-11-01'))).toBe('this range');
  });
});

describe('what is typed into the picker', () => {
  it('is read in the zone that is shown', () => {
    expect(fromInput('2026-11-22T08:30', 'utc')).toBe('2026-11-22T08:30:00.000Z');
    expect(toInput(new Date('2026-11-22T08:30:59Z'), 'utc')).toBe('2026-11-22T08:30');
    const local = new Date(2026, 10, 22, 8, 30);
    expect(toInput(local, 'local')).toBe('2026-11-22T08:30');
    expect(fromInput('2026-11-22T08:30', 'local')).toBe(local.toISOString());
  });

  it('is refused where it is no instant', () => {
    expect(fromInput('', 'utc')).toBeNull();
    expect(fromInput('soon', 'local')).toBeNull();
  });
});
