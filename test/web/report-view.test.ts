// What a run's page draws of its rows: what all of them say alike stands once above them.
import { expect, it } from 'vitest';
import type { RunDetail } from '../../server/api/contract.ts';
import { cellText } from '../../web/report/cells.ts';
import { viewOf } from '../../web/report/view.ts';

const column = (name: string, type = 'text') => ({ name, type, about: '' });
const run = (rows: RunDetail['rows']): RunDetail =>
  ({
    id: 'r',
    title: 'Held',
    digest: 'abc',
    started_at: '2026-11-27T05:00:00Z',
    duration_ms: 3,
    counts: null,
    truncated: false,
    params: {
      since: '2026-11-20T05:00:00Z',
      until: '2026-11-27T05:00:00Z',
      environment: null,
      agent: null,
    },
    shape: {
      question: 'What?',
      severity: 'severity',
      chart: null,
      columns: [
        column('severity'),
        column('agent'),
        column('environment'),
        column('source_ref', 'text[]'),
        column('uses', 'integer'),
      ],
    },
    rows,
  }) as unknown as RunDetail;
const row = (agent: string) => ({
  severity: 'high',
  agent,
  environment: 'live',
  source_ref: [],
  uses: 0,
});

it('tells a column once where every row says the same, and keeps numbers and severities', () => {
  const view = viewOf(run([row('a'), row('b')]));
  expect(view.columns.map(({ name }) => name)).toEqual(['severity', 'agent', 'uses']);
  expect(view.rows.map(({ cells }) => cells)).toEqual([
    ['high', 'a', '0'],
    ['high', 'b', '0'],
  ]);
  expect(view.same).toEqual([
    { head: 'environment', value: 'live' },
    { head: 'source ref', value: '' },
  ]);
});

it('keeps every column of a single row, and of none', () => {
  expect(viewOf(run([row('a')])).columns).toHaveLength(5);
  expect(viewOf(run([row('a')])).same).toEqual([]);
  expect(viewOf(run([])).columns).toHaveLength(5);
});

it('groups long numbers and keeps three telling digits of others', () => {
  expect(cellText('tokens', 1912)).toBe('1,912');
  expect(cellText('index', 9.090909)).toBe('9.09');
  expect(cellText('absence_bound', 0.00431)).toBe('0.431 %');
});
