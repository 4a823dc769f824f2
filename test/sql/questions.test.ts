// Every file of sql/queries: it prepares, takes what it declares and returns the columns that it declares.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CATALOGUE, openDatabase, type Database } from './questions/database.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

describe.each([...CATALOGUE.values()])(
  'the question $name',
  ({ name, text, question, grain, params, columns }) => {
    it('says what it asks and what a row is', () => {
      expect(question).toMatch(/\?$/);
      expect(grain).toMatch(/^one row/);
    });

    it('returns the declared columns in their order', async () => {
      const returned = await database.columnsOf(name);
      expect(returned).toEqual(columns.map((column) => column.name));
    });

    it('uses a window that a caller gives and no clock of its own', () => {
      const code = text.replaceAll(/--[^\n]*/g, '');
      expect(code).not.toMatch(/\b(now|today|current_date|current_timestamp)\s*\(/i);
      expect(params.some((param) => param.name === 'workspace')).toBe(true);
      expect(
        code.match(/\blimit \$limit\b/) !== null || grain === 'one row' || name === 'session',
      ).toBe(true);
    });

    it('answers an empty database with no rows, or with one of nothing', async () => {
      const rows = await database.ask(name, {
        agent: params.some((p) => p.name === 'agent' && p.type === 'text')
          ? 'a'
          : params.some((p) => p.name === 'agent' && !p.nullable)
            ? ['a']
            : null,
        ...(params.some((p) => p.name === 'recommendation_id' && p.type === 'text')
          ? { recommendation_id: 'none' }
          : {}),
        environment: 'default',
        session: params.some((p) => p.name === 'session' && p.type === 'text') ? 's' : null,
        trace_id: '0'.repeat(32),
        kind: params.some((p) => p.name === 'kind' && p.type === 'text')
          ? 'remove_permission'
          : null,
        permission: params.some((p) => p.name === 'permission' && p.type === 'text') ? 'a:b' : null,
        resource_pattern: '*',
        proposed: [],
        ...(params.some((p) => p.name === 'trace_id' && p.type === 'text[]')
          ? { trace_id: null }
          : {}),
      });
      if (name === 'drift') expect(new Set(rows.map((r) => r['granted']))).toEqual(new Set([0]));
      else expect(rows).toHaveLength(grain === 'one row' ? 1 : 0);
    });
  },
);
