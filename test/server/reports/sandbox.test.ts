// Users' own SQL: it says what the built-in reports say over the same facts, sees one workspace, and cannot do more.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCatalogue } from '../../../server/reports/catalogue.ts';
import { createSandbox } from '../../../server/reports/sandbox.ts';
import { readSql, SQL_FOLDER } from '../../../server/store/query.ts';
import { writeSnapshot } from '../../../server/store/snapshot.ts';
import { openDatabase, type Database } from '../../sql/questions/database.ts';
import plain from '../../sql/cases/reports/unused_grants/plain.json' with { type: 'json' };
import tokens from '../../sql/cases/reports/token_lifetimes/plain.json' with { type: 'json' };
import denied from '../../sql/cases/reports/denied_actions/plain.json' with { type: 'json' };
import scopes from '../../sql/cases/reports/scope_reductions/plain.json' with { type: 'json' };
import left from '../../sql/cases/reports/orphaned_resources/plain.json' with { type: 'json' };
import asked from '../../sql/cases/reports/approval_quality/plain.json' with { type: 'json' };

const WINDOW = { since: '2026-06-01T00:00:00Z', until: '2026-10-30T00:00:00Z' };
const LIMITS = { rows_max: 1000, bytes_max: 1_000_000 };
/** One of each that people rule: they change what is judged, so they must be in the copy. */
const RULED = {
  exemptions: [
    {
      workspace: 'default',
      environment: 'default',
      agent: 'a',
      permission: 'crm:delete',
      resource_pattern: '*',
      owner: 'o',
      reason: 'r',
      created_at: '2026-07-01T00:00:00Z',
      expires_at: '2027-01-01T00:00:00Z',
    },
  ],
  quarantines: [
    {
      workspace: 'default',
      environment: 'default',
      agent: 'a',
      session: 's02',
      permission: '*',
      reason: 'r',
      created_at: '2026-10-01T00:00:00Z',
    },
  ],
};
const sandbox = createSandbox();

let folder: string;
let database: Database;
let snapshot: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-test-'));
  snapshot = join(folder, 'snapshot');
  database = await openDatabase(folder);
  for (const { given } of [plain, tokens, denied, asked, scopes, left]) await database.fill(given);
  await database.fill(RULED);
  const elsewhere = Object.fromEntries(
    Object.entries(tokens.given).map(([table, rows]) => [
      table,
      rows.map((row) => ({ ...row, workspace: 'other', agent: 'foreign' })),
    ]),
  );
  await database.fill(elsewhere);
  await writeSnapshot({ connection: database.connection, workspace: 'default', folder: snapshot });
});
afterAll(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

/** A report of one statement. */
const report = (statement: string, columns = ['n']) => ({
  name: 'mine',
  text: ['-- question: What?', ...columns.map((name) => `-- column: ${name} text`), statement].join(
    '\n',
  ),
});
const run = (statement: string, columns?: string[]) =>
  sandbox.run(report(statement, columns), { snapshot, params: {}, ...LIMITS });

describe('a report of a user', () => {
  it.each(readSql(`${SQL_FOLDER}reports/`))(
    'answers over the snapshot what the database answers: $name',
    async ({ name, text }) => {
      const params = {
        workspace: 'default',
        environment: null,
        agent: null,
        ...WINDOW,
        limit: 1000,
      };
      const expected = await database.ask(`reports/${name}`, WINDOW);
      expect(await sandbox.check({ name, text })).toBeNull();
      expect(await sandbox.run({ name, text }, { snapshot, params, ...LIMITS })).toEqual(expected);
      if (name !== 'telemetry_health') expect(expected.length).toBeGreaterThan(0);
    },
  );

  it('sees the rows of its own workspace alone', async () => {
    expect(await run('select distinct workspace as n from agents')).toEqual([{ n: 'default' }]);
    expect(
      await run(
        "select count(*)::text as n from tokens join agents using (agent_key) where agent = 'foreign'",
      ),
    ).toEqual([{ n: '0' }]);
    expect(await run("select count(*)::text as n from agents_of('other', null, null)")).toEqual([
      { n: '0' },
    ]);
  });

  it('is cut at the rows that may be kept', async () => {
    const many = report('select range::text as n from range(5000)');
    const rows = await sandbox.run(many, { snapshot, params: {}, rows_max: 10, bytes_max: 1e6 });
    expect(rows).toHaveLength(10);
    await expect(
      sandbox.run(many, { snapshot, params: {}, rows_max: 5000, bytes_max: 100 }),
    ).rejects.toMatchObject({ code: 'too_large' });
  });

  it.each([
    ['select 1 as n; select 2 as n', 'only one SELECT'],
    ["copy (select 1) to '/tmp/x'", 'only one SELECT'],
    ["attach '/tmp/x.duckdb' as x", 'only one SELECT'],
    ['install httpfs', 'only one SELECT'],
    ['load httpfs', 'only one SELECT'],
    ["set memory_limit = '8GB'", 'only one SELECT'],
    ['pragma database_list', 'only one SELECT'],
    ['call pragma_version()', 'only one SELECT'],
    ['create table x (n integer)', 'only one SELECT'],
    ['drop table agents', 'only one SELECT'],
    ["export database '/tmp/x'", 'only one SELECT'],
    ["select * from read_csv('/etc/passwd')", 'the function "read_csv" is not allowed'],
    ["select * from read_text('/etc/passwd')", 'the function "read_text" is not allowed'],
    ["select * from read_parquet('*.parquet')", 'the function "read_parquet" is not allowed'],
    ["select * from glob('/*')", 'the function "glob" is not allowed'],
    ["from '/etc/passwd'", 'there is no table "/etc/passwd"'],
    ["select * from 'https://example.com/x.parquet'", 'there is no table'],
    ['select * from duckdb_settings()', 'the function "duckdb_settings" is not allowed'],
    ['select * from pragma_version()', 'the function "pragma_version" is not allowed'],
    ['from information_schema.tables', 'there is no table "tables"'],
    ['from duckdb_tables', 'there is no table "duckdb_tables"'],
    ['from sqlite_master', 'there is no table "sqlite_master"'],
    ['from spans', 'there is no table "spans"'],
    ['from memory.main.agents', 'there is no table "agents"'],
    ["select getenv('HOME') as n", 'the function "getenv" is not allowed'],
    ["select current_setting('memory_limit') as n", 'is not allowed'],
    ["select getvariable('x') as n", 'is not allowed'],
    ["from query('select 1')", 'the function "query" is not allowed'],
    ["from query_table('agents')", 'the function "query_table" is not allowed'],
    [
      "from decisions_told('w', null, null, null, null, 'spans')",
      '"decisions_told" is not allowed',
    ],
    ['describe agents', 'SHOW_REF is not allowed'],
    ['summarize agents', 'SHOW_REF is not allowed'],
    ['show tables', 'SHOW_REF is not allowed'],
    ['select now()::text as n', 'the function "now" is not allowed'],
    ['select nothing as n from agents', 'the SQL has a fault'],
    ['select n n n', 'the SQL has a fault'],
    ['select 1 as other', 'it returns the columns other, and declares n'],
  ])('is refused before it runs: %s', async (statement, fault) => {
    expect(await sandbox.check(report(statement))).toContain(fault);
    await expect(run(statement)).rejects.toMatchObject({ code: 'bad_request' });
  });

  it.each([
    ['select count(*)::text as n from range(1000000) a, range(1000000) b, range(1000000) c'],
    [
      'with recursive r as (select 1 as x union all select x + 1 from r) select count(*)::text as n from r',
    ],
  ])('is killed when it does not end: %s', async (statement) => {
    const short = createSandbox({ run_timeout_ms: 2500 });
    await expect(
      short.run(report(statement), { snapshot, params: {}, ...LIMITS }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(query_timeout|too_large)$/) as string,
    });
  });

  it.each([
    ["select length(repeat(repeat('x', 100000), 20000))::text as n"],
    ["select repeat('x', 2000000000) as n"],
    ["select string_agg(repeat('x', 1000000), '')::text as n from range(100000)"],
    ['select list(a.range || b.range::text)::text as n from range(100000) a, range(100000) b'],
  ])('is ended where it needs too much memory or time: %s', async (statement) => {
    const short = createSandbox({ run_timeout_ms: 8000 });
    await expect(
      short.run(report(statement), { snapshot, params: {}, ...LIMITS }),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^(query_timeout|too_large|bad_request)$/) as string,
    });
  });
});

describe('a file whose check takes too long', () => {
  it('is checked again, and is not broken until its text changes', async () => {
    const { text } = report('select 1::text as n');
    await writeFile(join(folder, 'mine.sql'), `-- report: Mine\n${text}`);
    const sandboxes = [createSandbox({ check_timeout_ms: 1 }), sandbox];
    const catalogue = await openCatalogue({
      folder,
      check: ({ name, query }) => (sandboxes.shift() ?? sandbox).check({ name, text: query.text }),
      again_ms: 20,
    });
    const fault = () => catalogue.list().find(({ name }) => name === 'mine')?.fault;
    expect(fault()).toBe('it could not be checked yet, which is tried again');
    expect(() => catalogue.find('mine')).toThrow('report mine cannot run: it could not be checked');
    await expect.poll(fault, { timeout: 20_000 }).toBeNull();
    expect(catalogue.find('mine').definition.title).toBe('Mine');
    catalogue.close();
  });
});
