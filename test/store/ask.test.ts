// Questions: typed parameters, deadlines, streams, what the engine may not reach, and the answers kept between commits.
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAnswerCache } from '../../server/store/cache.ts';
import { askAll, openEngine } from '../../server/store/duckdb.ts';
import type { Answer } from '../../server/store/messages.ts';
import { migrate } from '../../server/store/migrate.ts';
import { isNarrow } from '../../server/store/pool.ts';
import { parseQuery, readCatalogue, type Query } from '../../server/store/query.ts';
import { createAnswers, type Answers } from '../../server/store/serve.ts';
import type { Param, Row } from '../../server/store/store.ts';
import { openStore, type OpenedStore } from './open.ts';

let store: OpenedStore;
beforeAll(async () => {
  store = await openStore();
});
afterAll(() => store.close());

const ask = (text: string, params: Record<string, Param> = {}, timeout_ms = 10_000) =>
  askAll({ connection: store.connection, question: parseQuery('test', text), params, timeout_ms });
const echo = (type: string, value: Param): Promise<Row[]> =>
  ask(`-- param: value ${type}  what comes back\nselect $value as value`, { value });

describe('a question', () => {
  it('binds each type and answers what was bound', async () => {
    const cases: [string, Param, unknown][] = [
      ['text', "a'b;--", "a'b;--"],
      ['text', '', ''],
      ['text?', null, null],
      ['text[]', '["a","\u00e9"]', ['a', 'é']],
      ['bigint', 9_007_199_254_740_991, 9_007_199_254_740_991],
      ['integer', -1, -1],
      ['double', 0.1, 0.1],
      ['boolean', false, false],
      ['timestamp', '2026-11-22T12:00:00.123456Z', '2026-11-22T12:00:00.123456Z'],
      ['timestamp', '2026-11-22T12:00:00Z', '2026-11-22T12:00:00.000Z'],
      ['timestamp', '1969-12-31T23:59:59.5Z', '1969-12-31T23:59:59.500Z'],
      ['uuid', '0af7651916cd43dd8448eb211c80319c', '0af7651916cd43dd8448eb211c80319c'],
    ];
    for (const [type, value, due] of cases)
      expect(await echo(type, value)).toEqual([{ value: due }]);
  });

  it('refuses a value of another type, a missing one and one that is not declared', async () => {
    const cases: [string, Param][] = [
      ['text', null],
      ['text', 5],
      ['text[]', 'a'],
      ['text[]', '[1]'],
      ['bigint', 1.5],
      ['bigint', '1'],
      ['double', Number.NaN],
      ['timestamp', 'yesterday'],
      ['timestamp', '2026-11-22'],
      ['uuid', 'x'],
      ['boolean', 'true'],
    ];
    for (const [type, value] of cases) {
      await expect(echo(type, value)).rejects.toMatchObject({ code: 'bad_param' });
    }
    await expect(ask('select 1', { other: 1 })).rejects.toMatchObject({ code: 'bad_param' });
  });

  it('answers numbers, ids, lists and structures as plain values', async () => {
    const [row] = await ask(`select
      'c0ffee00-0000-0000-0000-000000000001'::uuid as trace_id, 255::ubigint as span_id, 255::ubigint as spans,
      sum(2) as total, 1.25::decimal(9, 2) as price, 'nan'::double as nothing, [1, null] as list,
      {'at': timestamp '2026-01-01', 'span_id': 1::ubigint} as nested, date '2026-01-02' as day`);
    expect(row).toEqual({
      trace_id: 'c0ffee00000000000000000000000001',
      span_id: '00000000000000ff',
      spans: 255,
      total: 2,
      price: 1.25,
      nothing: null,
      list: [1, null],
      nested: { at: '2026-01-01T00:00:00.000Z', span_id: '0000000000000001' },
      day: '2026-01-02',
    });
  });

  it('is interrupted at its deadline and leaves the connection usable', async () => {
    const endless =
      'select count(*) as n from range(1000000000) a, range(1000) b where a.range % 7 = b.range';
    const began = performance.now();
    await expect(ask(endless, {}, 200)).rejects.toMatchObject({ code: 'query_timeout' });
    expect(performance.now() - began).toBeLessThan(5000);
    expect(await ask('select 1 as one')).toEqual([{ one: 1 }]);
  });

  it('reaches no file and no setting', async () => {
    for (const text of [
      "select * from read_csv('/etc/passwd')",
      "select * from read_text('/etc/hostname')",
      "attach '/tmp/footprint-other.duckdb'",
      "copy (select 1) to '/tmp/footprint-out.csv'",
      'set enable_external_access = true',
      'install httpfs',
    ]) {
      await expect(ask(text), text).rejects.toMatchObject({ code: 'store_unavailable' });
    }
  });
});

describe('the catalogue', () => {
  it('reads every question of the project, each with a grain and columns', () => {
    const catalogue = readCatalogue();
    expect(catalogue.size).toBeGreaterThan(0);
    for (const query of catalogue.values()) {
      expect(query.grain, query.name).not.toBe('');
      expect(query.columns.length, query.name).toBeGreaterThan(0);
    }
  });

  it('refuses parameters that are used and not declared, declared and not used, or of no type', () => {
    const refused = (text: string) => () => parseQuery('file', text);
    expect(refused('select $a')).toThrow('param "a" is used and not declared');
    expect(refused('-- param: a text  x\nselect 1')).toThrow('declared and not used');
    expect(refused('-- param: a money  x\nselect $a')).toThrow('has no known type');
    expect(parseQuery('file', 'select \'$a\', "$b" -- $c').params).toEqual([]);
  });
});

describe('migrations', () => {
  it('are applied once, in order, and refused when one was changed or is not known', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'footprint-migrate-'));
    const sql = join(folder, 'sql');
    await mkdir(sql);
    const engine = await openEngine({ path: join(folder, 'm.duckdb') });
    const connection = await engine.connect();
    const run = () => migrate({ connection, statements: store.statements, folder: sql });
    try {
      await writeFile(
        join(sql, '0001_create_a.sql'),
        'create table a (x int); insert into a values (1);',
      );
      await writeFile(join(sql, 'functions.sql'), 'create or replace macro twice(x) as 2 * x;');
      expect(await run()).toEqual(['0001_create_a']);
      await writeFile(
        join(sql, '0002_fails.sql'),
        'insert into a values (2); select * from missing;',
      );
      await expect(run()).rejects.toThrow('missing');
      await writeFile(join(sql, '0002_fails.sql'), 'insert into a values (3);');
      expect(await run()).toEqual(['0002_fails']);
      expect(await run()).toEqual([]);
      const question = parseQuery('sum', 'select sum(twice(x)) as sum from a');
      expect(await askAll({ connection, question, params: {} })).toEqual([{ sum: 8 }]);
      await writeFile(join(sql, '0001_create_a.sql'), 'create table b (x int);');
      await expect(run()).rejects.toMatchObject({ code: 'store_unavailable' });
      await rm(join(sql, '0001_create_a.sql'));
      await expect(run()).rejects.toMatchObject({ code: 'store_unavailable' });
    } finally {
      connection.closeSync();
      engine.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('answers beside the loader', () => {
  const query = (name: string, text: string): [string, Query] => [name, parseQuery(name, text)];
  const catalogue = new Map([
    query('many', 'select range as n from range(10000) order by n'),
    query(
      'endless',
      'select count(*) as n from range(1000000000) a, range(1000) b where a.range % 7 = b.range',
    ),
  ]);
  const open = async (): Promise<{ answers: Answers; next: () => Promise<Answer> }> => {
    const told: Answer[] = [];
    let wake = (): void => undefined;
    const post = (answer: Answer): void => {
      told.push(answer);
      wake();
    };
    const clock = () => performance.now();
    const answers = await createAnswers({ engine: store.engine, catalogue, clock, post });
    const next = async (): Promise<Answer> => {
      for (;;) {
        const answer = told.shift();
        if (answer !== undefined) return answer;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    };
    return { answers, next };
  };

  it('gives a stream piece by piece, only as far as it is taken', async () => {
    const { answers, next } = await open();
    answers.take({ type: 'stream', id: 1, ask: { name: 'many', params: {} } });
    let rows = 0;
    for (;;) {
      answers.take({ type: 'more', id: 1 });
      const answer = await next();
      if (answer.type !== 'piece') throw new Error(answer.type);
      if (answer.rows === null) break;
      expect(answer.rows.length).toBeLessThanOrEqual(2048);
      expect(answer.rows[0]).toEqual({ n: rows });
      rows += answer.rows.length;
    }
    expect(rows).toBe(10_000);
    answers.close();
  });

  it('fails a question of no known name and one whose turn never came', async () => {
    const { answers, next } = await open();
    answers.take({ type: 'ask', id: 1, ask: { name: 'none', params: {} } });
    expect(await next()).toMatchObject({ type: 'failed', id: 1, error: { code: 'unknown_query' } });
    const ask = { name: 'endless', params: {}, timeout_ms: 300 };
    for (const id of [2, 3, 4]) answers.take({ type: 'ask', id, ask });
    const failed = [await next(), await next(), await next()];
    expect(failed.map((one) => one.type === 'failed' && one.error.code)).toEqual(
      Array.from({ length: 3 }, () => 'query_timeout'),
    );
    answers.take({ type: 'ask', id: 5, ask: { name: 'many', params: {} } });
    expect(await next()).toMatchObject({ type: 'rows', id: 5 });
    answers.close();
  });
});

describe('questions about one thing', () => {
  it('are answered while heavy ones hold all that they may, which end at their deadline', async () => {
    const endless = `-- param: agent text?  one
      select count(*) as n from range(1000000000) a, range(1000) b
      where a.range % 7 = b.range and ($agent is null or $agent <> '')`;
    const light = "-- param: agent text?  one\nselect coalesce($agent, 'none') as who";
    const questions = new Map([
      ['endless', parseQuery('endless', endless)],
      ['light', parseQuery('light', light)],
    ]);
    const told: Answer[] = [];
    let wake = (): void => undefined;
    const answers = await createAnswers({
      engine: store.engine,
      catalogue: questions,
      clock: () => performance.now(),
      post: (answer) => {
        told.push(answer);
        wake();
      },
    });
    const next = async (): Promise<Answer> => {
      while (told.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      return told.shift() as Answer;
    };
    const heavy = { name: 'endless', params: { agent: null }, timeout_ms: 1500 };
    for (const id of [1, 2, 3, 4]) answers.take({ type: 'ask', id, ask: heavy });
    for (const id of [5, 6]) {
      answers.take({ type: 'ask', id, ask: { name: 'light', params: { agent: 'a' } } });
      expect(await next()).toEqual({ type: 'rows', id, rows: [{ who: 'a' }] });
    }
    const failed = [await next(), await next(), await next(), await next()];
    expect(failed.map((one) => one.type === 'failed' && one.error.code)).toEqual(
      Array.from({ length: 4 }, () => 'query_timeout'),
    );
    for (const id of [7, 8, 9]) {
      answers.take({ type: 'ask', id, ask: { name: 'light', params: { agent: null } } });
      expect(await next()).toEqual({ type: 'rows', id, rows: [{ who: 'none' }] });
    }
    answers.close();
  });

  it('are those that name one agent, session or trace', () => {
    expect(
      [{ agent: 'a' }, { agent: '["a"]' }, { session: 's' }, { trace_id: 't' }].map(isNarrow),
    ).toEqual([true, true, true, true]);
    expect([{}, { agent: null }, { agent: '[]' }, { agent: '["a","b"]' }].map(isNarrow)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe('kept answers', () => {
  it('serve the same question until the next commit, and only to the same parameters', async () => {
    const cache = createAnswerCache();
    let asked = 0;
    const bring = (): Promise<Row[]> => Promise.resolve([{ asked: (asked += 1) }]);
    const get = (params: Record<string, Param>, commits: number) =>
      cache.through({ name: 'q', params }, commits, bring);
    const [first] = await Promise.all([get({ a: 1, b: 2 }, 1), get({ b: 2, a: 1 }, 1)]);
    expect(first).toEqual([{ asked: 1 }]);
    for (const row of first) row['asked'] = 'changed';
    expect(await get({ a: 1, b: 2 }, 1)).toEqual([{ asked: 1 }]);
    expect(await get({ a: 1, b: 3 }, 1)).toEqual([{ asked: 2 }]);
    expect(await get({ a: 1, b: 2 }, 2)).toEqual([{ asked: 3 }]);
  });

  it('forget a question that failed', async () => {
    const cache = createAnswerCache();
    const ask = { name: 'q', params: {} };
    const failing = cache.through(ask, 1, () => Promise.reject(new Error('away')));
    await expect(failing).rejects.toThrow('away');
    expect(await cache.through(ask, 1, () => Promise.resolve([]))).toEqual([]);
  });
});
