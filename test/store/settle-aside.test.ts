// Settling goes on where one trace cannot be settled: it is found, set aside, told once and tried again alone.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { askAll } from '../../server/store/duckdb.ts';
import { parseQuery, readSql, SQL_FOLDER } from '../../server/store/query.ts';
import { openSettler, type Settler } from '../../server/store/settle.ts';
import { commitFacts, openStore, spanFacts, STARTED, type OpenedStore } from './open.ts';

/** Fails where a trace of the round is planted, and always where a trace of zeros is. */
const FAULT = {
  name: '99_fault',
  text: `select error('planted') from settling s join planted p using (trace_id);
    select error('the disk is full') from planted where trace_id = uuid '${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}';`,
};
const hex = (value: number): string => value.toString(16).padStart(32, '0');
const MINUTE_MS = 60_000;

let store: OpenedStore;
let settler: Settler;
let now = 0;
let logged: unknown[] = [];

const open = (): Promise<Settler> =>
  openSettler({
    connection: store.connection,
    statements: store.statements,
    files: [...readSql(`${SQL_FOLDER}settle/`), FAULT],
    clock: () => now,
    log: {
      info: () => undefined,
      warn: () => undefined,
      error: (message, data) => void logged.push({ message, ...data }),
    },
  });
const load = async (numbers: readonly number[]): Promise<void> => {
  const facts = numbers.map((n) =>
    spanFacts({ trace_id: hex(n), agent: 'a', session: `s${n}`, started_at: STARTED + n }),
  );
  const { traces } = await commitFacts(store.loader, facts);
  settler.loaded(traces);
};
const plant = (numbers: readonly number[]) =>
  store.connection.run(
    `insert into planted values ${numbers.map((n) => `(uuid '${hex(n)}')`).join(', ')}`,
  );
const settled = async (): Promise<number> => {
  const question = parseQuery('test', 'select count(*) as n from session_parts');
  const [row] = await askAll({ connection: store.connection, question, params: {} });
  return Number(row?.['n']);
};
const settleAll = async (): Promise<void> => {
  for (let rounds = 0; rounds < 50 && (await settler.round(true)); rounds += 1);
};

beforeEach(async () => {
  now = 1000;
  logged = [];
  store = await openStore();
  await store.connection.run('create temp table planted (trace_id uuid)');
  settler = await open();
});
afterEach(() => store.close());

describe('a trace that cannot be settled', () => {
  it('is found among hundreds, which settle, and is told once', async () => {
    await load(Array.from({ length: 300 }, (_, i) => i + 1));
    await plant([77, 200]);
    await settleAll();
    expect([await settled(), settler.waiting(), settler.set_aside()]).toEqual([298, 2, 2]);
    expect(logged).toEqual(
      [200, 77].map((n) => ({
        message: 'a trace cannot be settled',
        workspace: 'default',
        trace_id: hex(n),
        error: expect.stringContaining('planted') as string,
      })),
    );
    await load([301]);
    expect(await settler.round(false)).toBe(true);
    expect([await settled(), settler.set_aside(), logged.length]).toEqual([299, 2, 2]);
  });

  it('is tried again alone after ten minutes or with its late spans, and settles once it can', async () => {
    await load([1, 2, 3]);
    await plant([2]);
    await settleAll();
    expect([settler.set_aside(), settler.due_in_ms()]).toEqual([1, 10 * MINUTE_MS]);
    now += 10 * MINUTE_MS;
    expect(await settler.round(false)).toBe(true);
    expect([settler.set_aside(), logged.length, settler.due_in_ms()]).toEqual([
      1,
      1,
      10 * MINUTE_MS,
    ]);
    await store.connection.run('truncate planted');
    settler.loaded([{ workspace: 'default', trace_id: hex(2) }]);
    expect(await settler.round(false)).toBe(true);
    expect([await settled(), settler.waiting(), settler.set_aside()]).toEqual([3, 0, 0]);
  });

  it('is not forgotten by a later process', async () => {
    await load([1, 2]);
    await plant([1]);
    await settleAll();
    settler = await open();
    expect([settler.waiting(), settler.set_aside()]).toEqual([1, 0]);
  });

  it('among too many others leaves the rest to rounds of their own, so that commits come between', async () => {
    await load(Array.from({ length: 60 }, (_, i) => i + 1));
    await plant(Array.from({ length: 20 }, (_, i) => 3 * i + 1));
    await settler.round(true);
    const first = settler.set_aside();
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(20);
    await settleAll();
    expect([await settled(), settler.set_aside()]).toEqual([40, 20]);
  });
});

describe('a fault of no trace', () => {
  it('sets none aside: all are tried again later', async () => {
    await load([1, 2, 3]);
    await plant([0]);
    await expect(settler.round(true)).rejects.toThrow('the disk is full');
    expect([settler.waiting(), settler.set_aside(), logged]).toEqual([3, 0, []]);
    expect(settler.due_in_ms()).toBe(10_000);
    await store.connection.run('truncate planted');
    await settleAll();
    expect([await settled(), settler.waiting()]).toEqual([3, 0]);
  });
});
