// Spans without a clock are stored when they came, far from the rest of their trace, and settle with it all the same.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askAll } from '../../server/store/duckdb.ts';
import { parseQuery, readSql, SQL_FOLDER } from '../../server/store/query.ts';
import { openSettler, type Settler } from '../../server/store/settle.ts';
import { commitFacts, openStore, spanFacts, STARTED, type OpenedStore } from './open.ts';

const LATER = STARTED + 5 * 86_400_000_000;

let store: OpenedStore;
let settler: Settler;
beforeAll(async () => {
  store = await openStore();
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  settler = await openSettler({
    connection: store.connection,
    statements: store.statements,
    files: readSql(`${SQL_FOLDER}settle/`),
    clock: () => 1000,
    log,
  });
});
afterAll(() => store.close());

const settle = async (...spans: Parameters<typeof spanFacts>[0][]): Promise<unknown> => {
  const facts = spans.map((span) => spanFacts({ agent: 'a', session: 's', ...span }));
  settler.loaded((await commitFacts(store.loader, facts)).traces);
  while (await settler.round(true));
  const text =
    'select spans, epoch_us(started_at) - $from as began, epoch_us(last_span_at) - $from as ended from session_parts';
  const question = parseQuery('test', `-- param: from bigint  second 0\n${text}`);
  return askAll({ connection: store.connection, question, params: { from: STARTED } });
};

it('are found again when the trace settles anew, and stretch it neither time', async () => {
  const adrift = { span_id: '000000000000000b', started_at: LATER, ended_at: LATER, told_at: 0 };
  const first = await settle({ span_id: '000000000000000a' }, adrift);
  expect(first).toEqual([{ spans: 2, began: 0, ended: 1500 }]);
  const late = {
    span_id: '000000000000000c',
    started_at: STARTED + 1000,
    ended_at: STARTED + 9000,
  };
  expect(await settle(late)).toEqual([{ spans: 3, began: 0, ended: 9000 }]);
});
