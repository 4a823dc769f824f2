// What a session could have reached at an instant.
import { describe, expect, it } from 'vitest';
import type { SessionSurfaceRow } from '../../server/api/contract.ts';
import { peakOf, reachAt, readInstant } from '../../web/lib/session-surface.ts';

const at = (minute: number): number => Date.UTC(2026, 9, 1, 10, minute);
const iso = (minute: number): string => new Date(at(minute)).toISOString();
const row = (told: Partial<SessionSurfaceRow>): SessionSurfaceRow => ({
  permission: 'crm:read',
  resource_pattern: '*',
  risk: 'read',
  weight: 1,
  granted_by: ['policy'],
  held: [{ from: iso(0), to: null }],
  uses: 0,
  first_used_at: null,
  last_used_at: null,
  ...told,
});
const ROWS = [
  row({ permission: 'early', held: [{ from: iso(0), to: iso(2) }], first_used_at: iso(1) }),
  row({ permission: 'late', first_used_at: iso(8), uses: 1 }),
  row({ permission: 'never' }),
  row({ permission: 'heavy', weight: 10 }),
  row({ permission: 'ungranted', held: [], first_used_at: iso(1) }),
];
const seen = (minute: number) =>
  reachAt(ROWS, at(minute)).map(({ row: { permission }, reach }) => `${permission} ${reach}`);

describe('what a session could have reached', () => {
  it('is what it held at the instant, the heaviest that it never used first', () => {
    expect(seen(1)).toEqual(['heavy never', 'never never', 'late later', 'early used']);
  });

  it('ends with the grant, and a use counts from its own instant on', () => {
    expect(seen(2)).toEqual(['heavy never', 'never never', 'late later']);
    expect(seen(8)).toEqual(['heavy never', 'never never', 'late used']);
    expect(seen(-1)).toEqual([]);
  });

  it('is looked at where the most was held, else where the address says, within the session', () => {
    const step = (minute: number, held: number) => ({ occurred_at: iso(minute), held, used: 0 });
    expect(peakOf([step(0, 1), step(2, 9), step(3, 9), step(4, 0)])).toBe(at(2));
    expect(peakOf([])).toBeNull();
    expect(readInstant(iso(3), [at(0), at(9)])).toBe(at(3));
    expect(readInstant(iso(30), [at(0), at(9)])).toBe(at(9));
    expect(readInstant('soon', [at(0), at(9)])).toBeNull();
    expect(readInstant(null, [at(0), at(9)])).toBeNull();
  });
});
