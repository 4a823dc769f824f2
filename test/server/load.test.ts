// The pipeline: acknowledged spans reach the store once, whatever happens to the process, the journal or the database.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createFacts } from '../../server/facts/facts.ts';
import { createGroup } from '../../server/model/group.ts';
import { openDatabase } from '../../server/load/database.ts';
import { createLoadLoop } from '../../server/load/loop.ts';
import { TUNING, type FromWorker } from '../../server/load/messages.ts';
import { startLoading, type Loading } from '../../server/load/start.ts';
import { transferOf } from '../../server/load/transfer.ts';
import type { ImportedGrants } from '../../server/store/store.ts';
import { crash } from '../faults/crash.ts';
import { damage } from '../faults/damage.ts';
import { storedSpans } from '../faults/stored.ts';
import { NOON, silent, spanIdOf, submission, traceIdOf } from '../faults/submissions.ts';

const folders: string[] = [];
const opened: Loading[] = [];
const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'footprint-load-'));
  folders.push(made);
  return made;
};
const start = async (
  at: string,
  options: Partial<Parameters<typeof startLoading>[0]> = {},
): Promise<Loading> => {
  const tuning = { commit_every_ms: 20 };
  const loading = await startLoading({ folder: at, log: silent, tuning, ...options });
  opened.push(loading);
  return loading;
};
const ids = (request: number, spans: number): string[] =>
  Array.from({ length: spans }, (_, i) => traceIdOf(request) + spanIdOf(request, i));
const removeDatabase = async (at: string): Promise<void> => {
  for (const name of ['footprint.duckdb', 'footprint.duckdb.wal'])
    await rm(join(at, name), { force: true });
};
const GRANTS: ImportedGrants = {
  workspace: 'default',
  environment: 'default',
  agent: 'travel',
  source: 'directory',
  source_ref: 'role/travel',
  granted_at: NOON,
  permissions: [{ permission: 'oauth:calendar.read', resource_pattern: '*' }],
};

afterEach(async () => {
  await Promise.all(opened.splice(0).map((loading) => loading.close()));
  await Promise.all(folders.splice(0).map((at) => rm(at, { recursive: true, force: true })));
});

describe('the pipeline', () => {
  it('stores what it acknowledged once, also what is sent again', async () => {
    const at = await folder();
    const loading = await start(at);
    const { pipeline, store } = loading;
    const spans: number[] = [];
    pipeline.onSpans((count) => spans.push(count));
    await Promise.all(
      [0, 1, 2, 1].map((request) => pipeline.submit(submission({ request, spans: 5 }))),
    );
    await pipeline.drain();
    await pipeline.submit(submission({ request: 0, spans: 5 }));
    await pipeline.drain();
    expect(await store.state()).toMatchObject({ spans: 15, duplicates: 10 });
    expect(spans.reduce((sum, count) => sum + count, 0)).toBe(25);
    expect(pipeline.backlog()).toEqual({
      waiting_spans: 0,
      waiting_bytes: 0,
      behind: false,
      writable: true,
      reason: '',
    });
    await loading.close();
    const due = [0, 1, 2].flatMap((request) => ids(request, 5));
    expect((await storedSpans(at)).sort()).toEqual(due.sort());
  });

  it('refuses grants that hold a credential, names the place and journals nothing', async () => {
    const loading = await start(await folder());
    const { pipeline, journal } = loading;
    const before = journal.end();
    const permission = `oauth:ghp_${'Ab12'.repeat(9)}`;
    const grants = { ...GRANTS, permissions: [{ permission, resource_pattern: '*' }] };
    await expect(pipeline.putGrants(grants)).rejects.toMatchObject({
      code: 'bad_param',
      message: 'permissions[0].permission looks like a credential, which is never kept',
    });
    expect(journal.end()).toEqual(before);
    await loading.close();
  });

  it('rebuilds the database from the journal, imported grants included', async () => {
    const at = await folder();
    const first = await start(at);
    await first.pipeline.submit(submission({ request: 0, spans: 3 }));
    await first.pipeline.putGrants(GRANTS);
    await first.pipeline.submit(submission({ request: 1, spans: 3 }));
    await first.close();
    await removeDatabase(at);
    const second = await start(at);
    await second.pipeline.drain();
    await second.store.settleAll();
    expect(await second.store.state()).toMatchObject({
      spans: 6,
      duplicates: 0,
      unsettled_traces: 0,
      next: second.journal.end(),
    });
    await second.close();
    expect((await storedSpans(at)).length).toBe(6);
    const database = await openDatabase({
      folder: at,
      tuning: TUNING,
      clock: () => 0,
      log: silent,
    });
    expect(database.settler.waiting()).toBe(0);
    database.close();
  });

  it('settles on the next start what a process left unsettled', async () => {
    const at = await folder();
    const options = { folder: at, tuning: TUNING, clock: () => performance.now(), log: silent };
    const first = await openDatabase(options);
    const { batch } = submission({ request: 0, spans: 4 });
    const group = createGroup();
    const position = { segment: 1, offset: 56 };
    const received = { workspace: 'default', received_at: NOON, attested: true, position };
    createFacts({ pseudonym: (id) => id })(batch, received, group);
    await first.loader.commit({ group, grants: [], next: position });
    first.close();
    const second = await openDatabase(options);
    expect(second.settler.waiting()).toBe(1);
    expect(await second.settler.round(false)).toBe(true);
    expect([second.settler.waiting(), await second.settler.round(true)]).toEqual([0, false]);
    second.close();
  });

  it('lets loading take one thread and gives questions both again, and no other setting changes', async () => {
    const options = { folder: await folder(), tuning: TUNING, clock: () => 0, log: silent };
    const database = await openDatabase(options);
    const connection = await database.engine.connect();
    const threads = async () =>
      (await connection.runAndReadAll("select current_setting('threads')::integer")).getRows();
    expect(await threads()).toEqual([[2]]);
    await database.setBusy(true);
    expect(await threads()).toEqual([[1]]);
    await database.setBusy(false);
    expect(await threads()).toEqual([[2]]);
    await expect(connection.run("set memory_limit = '1GB'")).rejects.toThrow('locked');
    connection.closeSync();
    database.close();
  });

  it('settles a trace that grows again after a while, not with every commit', async () => {
    let now = 0;
    const options = { folder: await folder(), tuning: TUNING, clock: () => now, log: silent };
    const database = await openDatabase(options);
    const { settler } = database;
    const trace = [{ workspace: 'default', trace_id: traceIdOf(1) }];
    const waits: (number | null)[] = [];
    for (let i = 0; i < 7; i += 1) {
      settler.loaded(trace);
      settler.loaded(trace);
      waits.push(settler.due_in_ms());
      now += settler.due_in_ms() ?? 0;
      expect(await settler.round(false)).toBe(true);
    }
    expect(waits).toEqual([0, 1000, 2000, 4000, 8000, 16_000, 30_000]);
    now += 61_000;
    settler.loaded(trace);
    expect(settler.due_in_ms()).toBe(0);
    database.close();
  });

  it('refuses what it could not keep in memory, and takes the next when there is room', async () => {
    const limits = { waiting_bytes: 1, refused_bytes: 4000 };
    const { pipeline } = await start(await folder(), { limits, tuning: { commit_every_ms: 300 } });
    const send = (request: number) =>
      pipeline.submit(submission({ request, spans: 4 })).then(
        () => 'taken',
        (error: unknown) => (error as { code: string }).code,
      );
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => send(i)));
    expect(new Set(answers)).toEqual(new Set(['taken', 'overloaded']));
    expect(await send(100)).toBe('taken');
  });

  it('refuses before the disk is full', async () => {
    const limits = { free_bytes_min: Number.MAX_SAFE_INTEGER };
    const { pipeline } = await start(await folder(), { limits });
    const refused = pipeline.submit(submission({ request: 0, spans: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'disk_full', status: 503 });
    expect(pipeline.backlog()).toMatchObject({ writable: false });
  });

  it('names a damaged journal, refuses to ingest and still answers questions', async () => {
    const at = await folder();
    const first = await start(at);
    await first.pipeline.submit(submission({ request: 0, spans: 3 }));
    await first.close();
    const path = join(at, 'journal', '0000000001.journal');
    const bytes = await readFile(path);
    bytes[300] = (bytes[300] as number) ^ 1;
    await writeFile(path, bytes);
    const second = await start(at);
    expect(second.journal.damage()).toMatchObject({ segment: 1, offset: 56 });
    expect(second.pipeline.backlog()).toMatchObject({ writable: false });
    const refused = second.pipeline.submit(submission({ request: 1, spans: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'journal_damaged', status: 503 });
    expect(await second.store.state()).toMatchObject({ spans: 3 });
    const params = { workspace: 'default' };
    const asked = await second.store
      .ask({ name: 'missing', params })
      .catch((error: unknown) => error);
    expect(asked).toMatchObject({ code: 'unknown_query' });
  });

  it('notices that the journal lost what the store has loaded', async () => {
    const at = await folder();
    const first = await start(at);
    await first.pipeline.submit(submission({ request: 0, spans: 3 }));
    await first.close();
    await rm(join(at, 'journal'), { recursive: true });
    const second = await start(at);
    expect(second.journal.damage()?.what).toBe('the store has loaded more than the journal holds');
    const refused = second.pipeline.submit(submission({ request: 1, spans: 1 }));
    await expect(refused).rejects.toMatchObject({ code: 'journal_damaged' });
  });

  it('opens the database again when it is lost and asks for what was not committed', async () => {
    const at = await folder();
    const clock = () => performance.now();
    const open = () => openDatabase({ folder: at, tuning: TUNING, clock, log: silent });
    const database = await open();
    const told: FromWorker[] = [];
    const loop = createLoadLoop({
      database,
      open,
      reopened: () => Promise.resolve(),
      before_reopening: () => undefined,
      facts: createFacts({ pseudonym: (id) => id }),
      tuning: { ...TUNING, commit_every_ms: 0 },
      clock,
      log: silent,
      post: (message) => told.push(message),
    });
    const hand = (generation: number) => {
      const { batch } = submission({ request: 0, spans: 2 });
      const position = { segment: 1, offset: 56 };
      const next = { segment: 1, offset: 99 };
      const record = { workspace: 'default', received_at: NOON, attested: true };
      loop.take({ type: 'spans', generation, position, next, bytes: 10, batch, ...record });
    };
    database.close();
    hand(1);
    await loop.settleAll();
    expect(told).toMatchObject([{ type: 'reset', generation: 2, state: { spans: 0 } }]);
    hand(1);
    hand(2);
    await loop.settleAll();
    expect(told[1]).toMatchObject({ type: 'committed', generation: 2, spans: 2, bytes: 10 });
    expect(await loop.state()).toMatchObject({ spans: 2, unsettled_traces: 0 });
    await loop.close();
    loop.closeDatabase();
  });

  it('copies a batch that shares its memory and moves one that does not', () => {
    const { batch } = submission({ request: 0, spans: 2 });
    const pooled = Buffer.from('shared with other buffers');
    const large = new Float64Array(1000);
    large[1] = 7;
    const { value, transfer } = transferOf({
      ...batch,
      bytes: pooled,
      started_at: large.subarray(1, 3),
    });
    expect(transfer).not.toContain(pooled.buffer);
    expect(transfer).not.toContain(large.buffer);
    expect(Buffer.from(value.bytes).toString()).toBe('shared with other buffers');
    expect(value.started_at).toEqual(Float64Array.of(7, 0));
    const arrived = structuredClone(value, { transfer });
    expect(Buffer.from(arrived.bytes).toString()).toBe('shared with other buffers');
    expect(pooled.length).toBe(25);
  });
});

describe('faults', () => {
  const sequence = (seed: number) => () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };

  it('lose nothing and double nothing when the process is killed', async () => {
    const at = join(await folder(), 'data');
    const result = await crash({ folder: at, cycles: 3, random: sequence(7) });
    expect(result.acknowledged).toBeGreaterThan(0);
    expect(result).toMatchObject({ lost: 0, duplicated: 0, false_acks: 0 });
  }, 120_000);

  it('in the journal are always named', async () => {
    const at = join(await folder(), 'data');
    expect(await damage({ folder: at, tries: 60, random: sequence(11) })).toEqual({
      damage_tried: 60,
      damage_named: 60,
    });
  });
});
