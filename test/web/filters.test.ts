// Filters in the address: they come back as they went, whatever the values hold.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleared,
  filterParams,
  listOf,
  listText,
  passes,
  readFilters,
  toggled,
} from '../../web/lib/filters.ts';
import { changed } from '../../web/lib/search.ts';

const NAMES = ['effect', 'agent'] as const;
const after = (search: URLSearchParams, changes: Record<string, string | null>) =>
  new URLSearchParams(changed(search, changes));

describe('filters in the address', () => {
  it('bring back every list of values, commas and percent signs too', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(fc.string({ minLength: 1 }), fc.constantFrom('a,b', '%2C', '%', '50 %,')),
        ),
        (values) => {
          expect(listOf(listText(values))).toEqual(values);
        },
      ),
    );
  });

  it('are read as values wanted and values left out', () => {
    const search = new URLSearchParams('effect=deny,error&not_agent=a&other=x');
    expect(readFilters(search, NAMES)).toEqual([
      { name: 'effect', value: 'deny', exclude: false },
      { name: 'effect', value: 'error', exclude: false },
      { name: 'agent', value: 'a', exclude: true },
    ]);
  });

  it('become repeated parameters of the API', () => {
    const search = new URLSearchParams('effect=deny,error&not_agent=a');
    expect(filterParams(readFilters(search, NAMES))).toEqual({
      effect: ['deny', 'error'],
      not_agent: ['a'],
    });
  });

  it('toggle in and out, and a value is never wanted and left out at once', () => {
    const one = { name: 'agent', value: 'a', exclude: false };
    const wanted = after(new URLSearchParams(), toggled(new URLSearchParams(), one));
    expect(wanted.toString()).toBe('agent=a');
    const excluded = after(wanted, toggled(wanted, { ...one, exclude: true }));
    expect(excluded.toString()).toBe('not_agent=a');
    const none = after(excluded, toggled(excluded, { ...one, exclude: true }));
    expect(none.toString()).toBe('');
  });

  it('are all taken out at once, and nothing else', () => {
    const search = new URLSearchParams('env=p&effect=deny&not_agent=a');
    expect(after(search, cleared(NAMES)).toString()).toBe('env=p');
  });

  it('let a live row pass by any wanted value of each name and none left out', () => {
    const row: Record<string, string[]> = { effect: ['deny'], agent: ['a'] };
    const ask = (text: string) =>
      passes(readFilters(new URLSearchParams(text), NAMES), (name) => row[name] ?? []);
    expect(ask('effect=allow,deny')).toBe(true);
    expect(ask('effect=allow,deny&agent=b')).toBe(false);
    expect(ask('not_effect=deny')).toBe(false);
    expect(ask('')).toBe(true);
  });
});
