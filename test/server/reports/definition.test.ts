// The header of a report's file: what it declares, and what is said of one that declares it wrongly.
import { describe, expect, it } from 'vitest';
import { readDefinition } from '../../../server/reports/definition.ts';
import { readSql, SQL_FOLDER } from '../../../server/store/query.ts';

const file = (...header: string[]): string =>
  [
    '-- question: Who?',
    '-- grain: one row per agent',
    '-- param: workspace text  the tenant',
    '-- param: limit integer   rows',
    '-- column: agent text     who',
    '-- column: n integer      how often',
    ...header,
    'select agent, 1 as n from agents where workspace = $workspace limit $limit;',
  ].join('\n');

describe('the built-in reports', () => {
  it.each(readSql(`${SQL_FOLDER}reports/`))('declares itself whole: $name', ({ name, text }) => {
    const report = readDefinition(name, text);
    expect(report.title).not.toBe(name.replaceAll('_', ' '));
    expect(report.severity).toBe('severity');
    expect(report.schedule).toMatch(/^\S+ \S+ \S+ \S+ \S+$/);
    expect(report.query.params.map((param) => param.name)).toEqual([
      'workspace',
      'environment',
      'agent',
      'since',
      'until',
      'limit',
    ]);
  });
});

describe('the header of a report', () => {
  it('has defaults for all but its question and columns', () => {
    expect(readDefinition('mine', file())).toMatchObject({
      name: 'mine',
      title: 'mine',
      severity: null,
      chart: null,
      window_ms: 90 * 86_400_000,
      schedule: null,
    });
  });

  it('tells its title, window, chart and schedule', () => {
    const told = file(
      '-- report: Mine',
      '-- window: 7 days',
      '-- chart: bars agent n',
      '-- severity: n',
      '-- schedule: 0 7 * * 1',
    );
    expect(readDefinition('mine', told)).toMatchObject({
      title: 'Mine',
      window_ms: 7 * 86_400_000,
      chart: { kind: 'bars', label: 'agent', value: 'n' },
      severity: 'n',
      schedule: '0 7 * * 1',
    });
  });

  it.each([
    ['Mine', [], 'its name must be of a-z, 0-9 and _'],
    ['mine', ['-- severity: bad'], '"severity: bad" names no declared column'],
    ['mine', ['-- window: 500 days'], '"window:" must be a number of days'],
    ['mine', ['-- window: long'], '"window:" must be a number of days'],
    ['mine', ['-- chart: pie agent n'], '"chart:" must be'],
    ['mine', ['-- chart: bars agent bad'], '"chart:" must be'],
    ['mine', ['-- chart: shares agent n'], '"chart:" must be'],
    ['mine', ['-- param: user text  who'], 'param "user" is declared and not used'],
  ])('says what is wrong: %s %j', (name, header, fault) => {
    expect(() => readDefinition(name, file(...header))).toThrow(fault);
  });

  it('takes no parameter that a run does not give', () => {
    const text = file('-- param: user text  who').replace('limit $limit', 'and $user limit $limit');
    expect(() => readDefinition('mine', text)).toThrow(
      'param "user text" is none that a run gives',
    );
  });
});
