// The waterfall's layout: tree order, search, forms, and time.
import { describe, expect, it } from 'vitest';
import type { SpanRow } from '../../server/api/contract.ts';
import {
  DEPTH_MAX,
  layoutSpans,
  searchRows,
  spanForm,
  spanNote,
  timeSpan,
  toMillis,
} from '../../web/charts/waterfall.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

const span = (
  id: string,
  parent: string | null,
  at_s: number,
  more: Partial<SpanRow> = {},
): SpanRow => ({
  trace_id: TRACE,
  span_id: id,
  parent_span_id: parent,
  name: `span ${id}`,
  fact: 'other',
  agent: null,
  started_at: `2026-11-22T10:00:${String(at_s).padStart(2, '0')}.000000Z`,
  ended_at: `2026-11-22T10:00:${String(at_s + 1).padStart(2, '0')}.000000Z`,
  permission: null,
  tool: null,
  resource_type: null,
  resource_id: null,
  effect: null,
  reason: null,
  rules: [],
  approval_outcome: null,
  denied: false,
  error_type: null,
  fingerprint: null,
  ...more,
});
const ids = (spans: readonly SpanRow[]) => layoutSpans(spans).map((row) => row.span.span_id);

describe('the layout of spans', () => {
  it('puts each parent before its children, siblings by start, whatever the order they came in', () => {
    const spans = [span('d', 'b', 4), span('c', 'a', 2), span('a', null, 0), span('b', 'a', 3)];
    const rows = layoutSpans(spans);
    expect(rows.map(({ span: { span_id }, depth, parent }) => [span_id, depth, parent])).toEqual([
      ['a', 0, -1],
      ['c', 1, 0],
      ['b', 1, 0],
      ['d', 2, 2],
    ]);
  });

  it('takes a span whose parent is not there for a root', () => {
    expect(ids([span('b', 'missing', 1), span('a', null, 0)])).toEqual(['a', 'b']);
  });

  it('shows spans whose parents form a circle, and a span that is its own parent, once each', () => {
    const spans = [span('a', 'b', 0), span('b', 'a', 1), span('c', 'c', 2)];
    expect(ids(spans).sort()).toEqual(['a', 'b', 'c']);
  });

  it('tells apart equal span ids of two traces', () => {
    const other = span('a', null, 1, { trace_id: '0'.repeat(32) });
    const child = span('b', 'a', 2, { trace_id: '0'.repeat(32) });
    expect(layoutSpans([span('a', null, 0), other, child]).map((row) => row.parent)).toEqual([
      -1, -1, 1,
    ]);
  });

  it('lays out a chain of 5,000 spans without running out of stack, and stops indenting', () => {
    const chain = Array.from({ length: 5000 }, (_, n) =>
      span(String(n), n === 0 ? null : String(n - 1), 0),
    );
    const rows = layoutSpans(chain);
    expect(rows).toHaveLength(5000);
    expect(rows.at(-1)?.depth).toBe(DEPTH_MAX);
  });

  it('never lets a span end before it began', () => {
    const [row] = layoutSpans([span('a', null, 5, { ended_at: '2026-11-22T10:00:01Z' })]);
    expect(row?.to_ms).toBe(row?.from_ms);
  });

  it('answers a span of time at least a millisecond long, of no rows too', () => {
    expect(timeSpan([])).toEqual([0, 1]);
    const [from, to] = timeSpan(layoutSpans([span('a', null, 1), span('b', null, 7)]));
    expect(to - from).toBe(7000);
  });
});

describe('an instant', () => {
  it('keeps its microseconds', () => {
    expect(toMillis('1970-01-01T00:00:01.000250Z')).toBeCloseTo(1000.25, 6);
    expect(toMillis('1970-01-01T00:00:01Z')).toBe(1000);
    expect(toMillis('1970-01-01T01:00:00.5+01:00')).toBe(500);
  });
});

describe('the search inside a session', () => {
  const rows = layoutSpans([
    span('a', null, 0, { name: 'invoke_agent x' }),
    span('b', 'a', 1, { permission: 'db:schema.drop', effect: 'deny', fact: 'decision' }),
    span('c', 'a', 2, { rules: ['permit-read'] }),
  ]);

  it('keeps what contains all words, with its ancestors marked as such', () => {
    expect(searchRows(rows, 'DENY schema')).toEqual([
      { index: 0, matched: false },
      { index: 1, matched: true },
    ]);
    expect(searchRows(rows, 'permit-read').filter((row) => row.matched)).toEqual([
      { index: 2, matched: true },
    ]);
  });

  it('keeps all for no words, and none where nothing fits', () => {
    expect(searchRows(rows, '  ')).toHaveLength(3);
    expect(searchRows(rows, 'nothing has this')).toEqual([]);
  });
});

describe('the form of a span', () => {
  it('follows what it tells and how it ended', () => {
    const form = (more: Partial<SpanRow>) => spanForm(span('a', null, 0, more));
    expect(form({ fact: 'decision', effect: 'allow' })).toBe('allow');
    expect(form({ fact: 'decision', effect: 'deny' })).toBe('deny');
    expect(form({ fact: 'decision', effect: 'require_approval' })).toBe('ask');
    expect(form({ fact: 'decision', effect: 'error' })).toBe('undecided');
    expect(form({ fact: 'action' })).toBe('action');
    expect(form({ fact: 'action', denied: true })).toBe('refused');
    expect(form({ fact: 'cleanup' })).toBe('cleanup');
    expect(form({ fact: 'never heard of' })).toBe('other');
  });

  it('is noted with the rule, else the reason, else the effect', () => {
    const note = (more: Partial<SpanRow>) =>
      spanNote(span('a', null, 0, { fact: 'decision', effect: 'deny', ...more }));
    expect(note({ rules: ['r1', 'r2'], reason: 'why' })).toBe('r1');
    expect(note({ reason: 'default_deny' })).toBe('default_deny');
    expect(note({})).toBe('deny');
  });
});
