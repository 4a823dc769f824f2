// Every case of test/sql/cases: rows given, a question with its parameters, and the rows expected.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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

/**
 * The kinds of case that every question has: what it is about, both edges of its window, what is not told, and
 * rows that its order must tell apart. The empty database and another workspace are tried with each case.
 */
const KINDS = ['plain', 'edges', 'nulls', 'ties'] as const;
type Kind = (typeof KINDS)[number];

const NO_WINDOW = 'takes no window';
const ONE_ROW = 'answers one row';
const BY_INSTANT = 'has one row an instant, and the instants order it';

/** Kinds that make no sense for a question, and why not. */
const WITHOUT: Record<string, Partial<Record<Kind, string>>> = {
  decision_buckets: { ties: BY_INSTANT },
  drift: { ties: BY_INSTANT },
  environments: { edges: NO_WINDOW },
  overview: { ties: ONE_ROW },
  overview_before: { ties: ONE_ROW },
  overview_trend: { ties: BY_INSTANT },
  recommendation_agent: { edges: NO_WINDOW, ties: 'answers one row: an id is of one agent' },
  recommendation_circle: { edges: NO_WINDOW, nulls: 'reads no column that may be null' },
  recommendation_regret: { edges: NO_WINDOW, nulls: 'reads no column that may be null' },
  replay_summary: { ties: ONE_ROW },
  session: { edges: NO_WINDOW },
  session_ambient: { edges: NO_WINDOW },
  session_decisions: { edges: NO_WINDOW },
  session_privilege: { ties: ONE_ROW },
  session_resources: { edges: NO_WINDOW },
  session_spans: { edges: NO_WINDOW },
  session_steps: { edges: NO_WINDOW },
  session_surface: { edges: NO_WINDOW },
  session_tokens: { edges: NO_WINDOW },
  telemetry_dialects: { nulls: 'reads no column that may be null' },
  telemetry_health: { ties: ONE_ROW },
  telemetry_producers: { nulls: 'reads no column that may be null' },
  token_summary: { ties: ONE_ROW },
  token_survival: { ties: 'has one row an age, and the ages order it' },
  trace_spans: { edges: NO_WINDOW },
};

/** What a question of one row answers to nothing. */
const NOTHING: Record<string, Row> = {
  overview: { agents: 0, granted: 0, used: 0, sessions: 0, decisions: 0, excess_index: null },
  overview_before: { excess_index: null },
  replay_summary: { calls: 0, sessions: 0, calls_lost: 0, goals_lost: [], since: null },
  session_privilege: { used: 0, wasted: 0, idle: 0, held_s: 0, peak: 0 },
  telemetry_health: { spans: 0, duplicates: 0, conflicts: 0, first_span_at: null },
  token_summary: { tokens: 0, used_after_end: 0, never_end: 0, life_p50_s: null },
};

/** Folders of files that are no questions of the API. */
const BELOW = ['alerts', 'reports'];

const FOLDER = fileURLToPath(new URL('./cases/', import.meta.url));
const filesOf = (query: string): string[] =>
  existsSync(FOLDER + query) ? readdirSync(FOLDER + query).sort() : [];
const casesOf = (query: string): Case[] =>
  filesOf(query).map(
    (file) => JSON.parse(readFileSync(`${FOLDER}${query}/${file}`, 'utf8')) as Case,
  );

/** Every set of parameters that a case asks with, once. */
const asked = (query: string): Case['params'][] => [
  ...new Map(casesOf(query).map(({ params }) => [JSON.stringify(params), params])).values(),
];

/** The same rows of another tenant. */
const elsewhere = (given: Given): Given =>
  Object.fromEntries(
    Object.entries(given).map(([table, rows]) => [
      table,
      rows
        .filter((row) => row['workspace'] === undefined)
        .map((row) => ({ ...row, workspace: 'x' })),
    ]),
  );

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
beforeEach(() => database.clear());
afterAll(() => database.close());

describe('the cases', () => {
  it('are of questions of the catalogue', () => {
    const folders = [
      ...readdirSync(FOLDER).filter((name) => !BELOW.includes(name)),
      ...BELOW.flatMap((below) => readdirSync(FOLDER + below).map((name) => `${below}/${name}`)),
    ];
    expect(folders.filter((query) => !CATALOGUE.has(query))).toEqual([]);
  });

  it('are of every kind for every question, or it is said why not', () => {
    const missing = [...CATALOGUE.keys()].flatMap((query) =>
      KINDS.filter(
        (kind) =>
          WITHOUT[query]?.[kind] === undefined &&
          !filesOf(query).some((file) => file === `${kind}.json` || file.startsWith(`${kind}_`)),
      ).map((kind) => `${query} has no ${kind}.json`),
    );
    expect(missing).toEqual([]);
  });
});

describe.each([...CATALOGUE.keys()].sort())('%s', (query) => {
  it.each(casesOf(query))('$why', async ({ given, params, expect: rows }) => {
    await database.fill(given);
    const alone = await database.ask(query, params);
    expect(alone).toMatchObject(rows);
    await database.fill(elsewhere(given));
    expect(await database.ask(query, params), 'beside another workspace').toEqual(alone);
  });

  it('answers nothing to an empty database', async () => {
    for (const params of asked(query)) {
      const rows = await database.ask(query, params);
      const nothing = NOTHING[query];
      if (nothing !== undefined) expect(rows).toMatchObject([nothing]);
      // A chart has a point for each bucket, whatever is in it.
      else if (query === 'drift')
        expect(rows).toEqual(rows.map((row) => ({ ...row, granted: 0, used: 0 })));
      else expect(rows).toEqual([]);
    }
  });
});
