// The journal: what it keeps, what it cuts, what it names as damage, and what it never acknowledges.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { AppError } from '../../server/errors.ts';
import {
  openJournal,
  type Appended,
  type Journal,
  type JournalEntry,
} from '../../server/journal/journal.ts';
import { silent } from '../faults/submissions.ts';

const folders: string[] = [];
const open: Journal[] = [];

const folder = async (): Promise<string> => {
  const made = await mkdtemp(join(tmpdir(), 'footprint-journal-'));
  folders.push(made);
  return made;
};
const journal = async (at: string, segment_bytes?: number): Promise<Journal> => {
  const options = segment_bytes === undefined ? {} : { segment_bytes };
  const opened = await openJournal({ folder: at, log: silent, ...options });
  open.push(opened);
  return opened;
};
const entry = (text: string, rest: Partial<JournalEntry> = {}): JournalEntry => ({
  workspace: 'default',
  kind: 'otlp',
  type: 'json',
  encoding: 'none',
  received_at: 1_795_348_800_000_123,
  attested: true,
  body: Buffer.from(text),
  ...rest,
});
const START = { segment: 0, offset: 0 };
const texts = async (from: Journal): Promise<string[]> => {
  const found: string[] = [];
  for await (const record of from.read(START)) found.push(Buffer.from(record.body).toString());
  return found;
};
const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );
const segment = (at: string, number = 1) =>
  join(at, 'journal', `${String(number).padStart(10, '0')}.journal`);

/** A closed journal of some records in one segment. */
const written = async (bodies: readonly string[], segment_bytes?: number): Promise<string> => {
  const at = await folder();
  const to = await journal(at, segment_bytes);
  for (const body of bodies) await to.append(entry(body));
  await to.close();
  return at;
};

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
  await Promise.all(folders.splice(0).map((at) => rm(at, { recursive: true, force: true })));
});

describe('the journal', () => {
  it('reads back every record as it was appended, also after opening again', async () => {
    const at = await folder();
    const first = await journal(at);
    const grants = entry('{"é":"\u0000"}', { kind: 'grants', workspace: 'zwölf', attested: false });
    const zipped = entry('x'.repeat(3_000_000), { type: 'protobuf', encoding: 'zstd' });
    const empty = entry('', { encoding: 'gzip' });
    const places: Appended[] = [];
    for (const one of [grants, zipped, empty]) places.push(await first.append(one));
    await first.close();
    const again = await journal(at);
    const records = [];
    for await (const record of again.read(START)) records.push(record);
    expect(records).toEqual(
      [grants, zipped, empty].map((one, i) => ({
        ...one,
        body: Uint8Array.from(one.body),
        decoder: 1,
        position: { segment: places[i]?.segment, offset: places[i]?.offset },
        next: places[i]?.next,
      })),
    );
    expect(again.end()).toEqual(places[2]?.next);
    expect(again.damage()).toBeNull();
    const later = [];
    for await (const record of again.read(places[1] ?? START)) later.push(record.body.length);
    expect(later).toEqual([3_000_000, 0]);
  });

  it('serves many waiting appends with few syncs and keeps their order', async () => {
    const to = await journal(await folder());
    const bodies = Array.from({ length: 300 }, (_, i) => `record ${i}`);
    const places = await Promise.all(bodies.map((body) => to.append(entry(body))));
    expect(to.counts().appends).toBe(300);
    expect(to.counts().syncs).toBeLessThan(10);
    expect(await texts(to)).toEqual(bodies);
    for (const [i, place] of places.slice(1).entries())
      expect(place.after).toEqual(places[i]?.next);
  });

  it('keeps its files from other users and begins a new one when one is full', async () => {
    const at = await written(['a'.repeat(500), 'b'.repeat(500), 'c', 'd'], 600);
    expect((await stat(join(at, 'journal'))).mode & 0o777).toBe(0o700);
    expect((await stat(segment(at, 2))).mode & 0o777).toBe(0o600);
    expect(await readdir(join(at, 'journal'))).toHaveLength(3);
    const again = await journal(at, 600);
    await again.append(entry('e'));
    expect((await texts(again)).map((text) => text[0])).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('cuts a tail that was torn while writing, wherever it was torn, and goes on behind it', async () => {
    const at = await written(['first', 'second']);
    const whole = await readFile(segment(at));
    const second = whole.lastIndexOf(Buffer.from('FPJR'));
    for (let cut = second + 1; cut < whole.length; cut += 7) {
      await writeFile(segment(at), whole);
      await truncate(segment(at), cut);
      const again = await journal(at);
      expect([again.damage(), again.end()]).toEqual([null, { segment: 1, offset: second }]);
      await again.append(entry('third'));
      expect(await texts(again)).toEqual(['first', 'third']);
      await again.close();
    }
  });

  it('cuts a tail of zeros, as a power cut leaves it', async () => {
    const at = await written(['first']);
    const whole = await readFile(segment(at));
    await writeFile(segment(at), Buffer.concat([whole, Buffer.alloc(4096)]));
    const again = await journal(at);
    expect(again.damage()).toBeNull();
    expect(again.end()).toEqual({ segment: 1, offset: whole.length });
  });

  it('names a flipped byte wherever it lies, reads up to it and refuses to append', async () => {
    const at = await written(['one', 'two', 'three']);
    const whole = await readFile(segment(at));
    for (let offset = 0; offset < whole.length; offset += 1) {
      const bytes = Buffer.from(whole);
      bytes[offset] = (bytes[offset] as number) ^ 0x40;
      await writeFile(segment(at), bytes);
      const again = await journal(at);
      const damage = again.damage();
      expect(damage?.segment, `byte ${offset}`).toBe(1);
      expect(damage?.offset).toBeLessThanOrEqual(offset);
      expect(damage?.what).not.toBe('');
      expect(await codeOf(again.append(entry('four')))).toBe('journal_damaged');
      expect(await codeOf(texts(again))).toBe('journal_damaged');
      await again.close();
      expect(await readFile(segment(at))).toEqual(bytes);
    }
  });

  it('names reordered, removed and foreign records', async () => {
    const at = await written(['aaaa', 'bbbb', 'cccc']);
    const whole = await readFile(segment(at));
    const starts = [...whole.toString('latin1').matchAll(/FPJR/g)].map(({ index }) => index);
    const [a = 0, b = 0, c = 0] = starts;
    const part = (from: number, to?: number) => whole.subarray(from, to);
    const reordered = Buffer.concat([part(0, a), part(b, c), part(a, b), part(c)]);
    const removed = Buffer.concat([part(0, b), part(c)]);
    const repeated = Buffer.concat([part(0, c), part(b)]);
    for (const bytes of [reordered, removed, repeated]) {
      await writeFile(segment(at), bytes);
      const again = await journal(at);
      expect(again.damage()?.what).toBe('the record does not follow the one before');
      await again.close();
    }
  });

  it('names a missing segment and damage in an old one', async () => {
    const at = await written(['a'.repeat(300), 'b'.repeat(300), 'c'.repeat(300)], 200);
    const second = await readFile(segment(at, 2));
    await truncate(segment(at, 2), second.length - 1);
    const cut = await journal(at, 200);
    expect(cut.damage()).toEqual({ segment: 2, offset: 56, what: 'body of a record, cut off' });
    await cut.close();
    await rm(segment(at, 2));
    const missing = await journal(at, 200);
    expect(missing.damage()).toEqual({ segment: 2, offset: 0, what: 'the segment is missing' });
  });

  it('is refused to a second opener, with the pid of the first, until it is closed', async () => {
    const at = await folder();
    const first = await journal(at);
    const refused = await openJournal({ folder: at, log: silent }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'locked', data: { pid: process.pid } });
    await first.close();
    const second = await journal(at);
    await second.append(entry('mine'));
    expect(await texts(second)).toEqual(['mine']);
  });

  it('takes over the lock of a process that is gone', async () => {
    const at = await folder();
    const { stdout } = await promisify(execFile)(process.execPath, ['-p', 'process.pid']);
    for (const stale of [`{"pid":${stdout.trim()},"began":""}`, 'nonsense']) {
      await writeFile(join(at, 'lock'), stale);
      const taken = await journal(at);
      expect(JSON.parse(await readFile(join(at, 'lock'), 'utf8'))).toMatchObject({
        pid: process.pid,
      });
      await taken.close();
    }
    expect(await readdir(at)).toEqual(['journal']);
  });

  it('acknowledges nothing that a full disk cut short, and goes on when there is room', async () => {
    const at = await folder();
    const script = new URL('../faults/small-disk.ts', import.meta.url).pathname;
    const limit = `ulimit -f 64; exec "$0" "$@"`;
    const run = promisify(execFile);
    const { stdout } = await run('bash', ['-c', limit, process.execPath, script, at]);
    const { acknowledged, refused } = JSON.parse(stdout) as {
      acknowledged: string[];
      refused: string[];
    };
    expect(new Set(refused)).toEqual(new Set(['disk_full']));
    expect(acknowledged.length).toBeGreaterThan(2);
    const again = await journal(at);
    expect(again.damage()).toBeNull();
    expect((await texts(again)).map((text) => text.trim())).toEqual(acknowledged);
  });
});
