// What traces settle into: told spans in, sessions, uses, decisions, tokens and grants out, on a real DuckDB.
import { describe, expect, it } from 'vitest';
import { openDatabase } from './settle/database.ts';
import { CASES } from './settle/cases.ts';
import { toFacts } from './settle/telemetry.ts';

describe('settling', () => {
  it.each(CASES)('$why', async ({ requests, expect: wanted }) => {
    const database = await openDatabase();
    try {
      for (const spans of requests) await database.take(toFacts(spans));
      for (const [query, rows] of Object.entries(wanted)) {
        expect(await database.rows(query), query).toEqual(rows);
      }
    } finally {
      database.close();
    }
  });
});
