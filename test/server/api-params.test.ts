// Query parameters: what is read, what is refused and in which words.
import { describe, expect, it } from 'vitest';
import { checkBuckets } from '../../server/api/buckets.ts';
import {
  closeCursor,
  openCursor,
  readParams,
  toInstant,
  windowOf,
} from '../../server/api/params.ts';
import { AppError } from '../../server/errors.ts';

const TAKES = ['agent', 'not_agent', 'environment', 'since', 'until', 'cursor', 'limit'] as const;
const read = (query: string) => readParams(`http://127.0.0.1/api/v1/x?${query}`, TAKES);
const refusal = (query: string): string => {
  try {
    read(query);
  } catch (error) {
    return error instanceof AppError ? `${error.code}: ${error.message}` : String(error);
  }
  return 'taken';
};

describe('parameters', () => {
  it('that may be repeated are lists, others are single values', () => {
    expect(read('agent=a&agent=b&not_agent=c&environment=prod&limit=7')).toEqual({
      agent: ['a', 'b'],
      not_agent: ['c'],
      environment: 'prod',
      limit: 7,
    });
  });

  it('keep every character of a value', () => {
    expect(read('agent=%27%20or%201%3D1%20--&agent=%E2%80%AE%2B&agent=%FF')).toEqual({
      agent: ["' or 1=1 --", '\u202e+', '\ufffd'],
    });
  });

  it.each([
    ['nope=1', 'bad_param: param "nope" is unknown here; this route takes agent, not_agent,'],
    ['__proto__=1', 'bad_param: param "__proto__" is unknown here;'],
    ['constructor=1', 'bad_param: param "constructor" is unknown here;'],
    ['format=csv', 'bad_param: param "format" is unknown here;'],
    ['since=yesterday', 'bad_param: param "since" must be an instant, got "yesterday"'],
    ['since=2026-13-01T00:00:00Z', 'bad_param: param "since" must be an instant'],
    ['limit=0', 'bad_param: param "limit" must be a whole number between 1 and 10000, got "0"'],
    ['limit=10001', 'bad_param: param "limit" must be a whole number between 1 and 10000'],
    ['limit=1&limit=2', 'bad_param: param "limit" may occur once, got "2"'],
    ['environment=a&environment=b', 'bad_param: param "environment" may occur once, got "b"'],
    ['agent=%00', 'bad_param: param "agent" must not contain NUL'],
    [`agent=${'x'.repeat(1001)}`, 'bad_param: param "agent" must have at most 1000 characters'],
    [`${'agent=a&'.repeat(101)}`, 'bad_param: param "agent" may occur 100 times'],
    ['cursor=%2B', 'bad_param: param "cursor" must be a cursor that this list gave'],
  ])('%s is refused', (query, message) => {
    expect(refusal(query).slice(0, message.length)).toBe(message);
  });

  it('open a cursor only for the list that gave it', () => {
    const key = '2026-01-01 00:00:00|ägent';
    const seal = new Uint8Array(32).fill(7);
    const cursor = closeCursor(seal, 'agents', key);
    expect(read(`cursor=${cursor}`)).toEqual({ cursor });
    expect(openCursor(seal, 'agents', cursor)).toBe(key);
    expect(() => openCursor(seal, 'tokens', cursor)).toThrow(
      'must be a cursor that this list gave',
    );
    expect(() => openCursor(new Uint8Array(32), 'agents', cursor)).toThrow(AppError);
    expect(() => openCursor(seal, 'agents', cursor.slice(2))).toThrow(AppError);
  });
});

describe('instants', () => {
  it.each([
    ['2026-11-22T10:00:00Z', '2026-11-22T10:00:00.000000Z'],
    ['2026-11-22t10:00:00.1234567z', '2026-11-22T10:00:00.123456Z'],
    ['2026-11-22T10:00:00+02:00', '2026-11-22T08:00:00.000000Z'],
    ['2026-11-22T10:00Z', '2026-11-22T10:00:00.000000Z'],
    ['2026-11-22', null],
    ['2026-11-22T10:00:00', null],
    ['1763805600', null],
  ])('%s is read as %s', (text, instant) => {
    expect(toInstant(text)).toBe(instant);
  });
});

describe('the window', () => {
  const now = Date.parse('2026-11-22T00:00:00Z');

  it('is the last 90 days where none is asked for', () => {
    expect(windowOf({}, now)).toEqual({
      since: '2026-08-24T00:00:00.000Z',
      until: '2026-11-22T00:00:00.000Z',
    });
  });

  it('may not be empty', () => {
    const instant = '2026-01-01T00:00:00Z';
    expect(() => windowOf({ since: instant, until: instant }, now)).toThrow(/must be before/);
  });

  it('leaves no more buckets than a chart can draw, counted up to now', () => {
    const now = Date.parse('2026-11-01T00:00:00Z');
    const tried = (bucket: string | null, since: string, until = '9999-12-31T23:59:59Z') => {
      const values = bucket === null ? {} : { bucket };
      return () => checkBuckets(values, { since, until }, now);
    };
    expect(tried('minute', '2026-10-25T00:00:00Z')).not.toThrow();
    expect(tried('minute', '2026-10-24T23:59:00Z')).toThrow(/at most 10080 buckets/);
    expect(tried('day', '2000-01-01T00:00:00Z')).not.toThrow();
    expect(tried(null, '1900-01-01T00:00:00Z')).not.toThrow();
    expect(tried(null, '0001-01-01T00:00:00Z')).toThrow(/param "since"/);
  });
});
