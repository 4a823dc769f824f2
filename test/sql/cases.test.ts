// Every case of test/sql/cases: rows given, a question with its parameters, and the rows expected.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Param, Row } from '../../server/store/store.ts';
import { CATALOGUE, openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';

interface Case {
  why: string;
  given: Given;
  params?: Record<string, Param | Param[]>;
  /** The columns that the case is about; the number of rows and their order always. */
  expect: Row[];
}

const FOLDER = fileURLToPath(new URL('./cases/', import.meta.url));
const casesOf = (query: string): Case[] =>
  readdirSync(FOLDER + query)
    .sort()
    .map((file) => JSON.parse(readFileSync(`${FOLDER}${query}/${file}`, 'utf8')) as Case);

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

describe.each(readdirSync(FOLDER).sort())('%s', (query) => {
  it('is a question of the catalogue', () => expect([...CATALOGUE.keys()]).toContain(query));

  it.each(casesOf(query))('$why', async ({ given, params, expect: rows }) => {
    await database.fill(given);
    expect(await database.ask(query, params)).toMatchObject(rows);
  });
});
