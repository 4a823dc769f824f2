// The spool: bounded, private, each batch sent by one process once, and what is damaged is left out.
import { createHash } from 'node:crypto';
import {
  chmod,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sent } from '../../collector/answer.ts';
import { openSpool, spoolFolder } from '../../collector/spool.ts';
import type { Body } from '../../collector/bodies.ts';
import { backlogOf } from '../../collector/backlog.ts';
import { opened, sealed } from '../../collector/spool-format.ts';

const HERE = ['http://127.0.0.1:4318', 'key=one'];
const DAY_MS = 24 * 3600_000;
let root: string;
let said: string[] = [];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'footprint-spool-'));
  said = [];
  const warn = (text: string): void => void said.push(text);
  const quiet = (): void => undefined;
  diag.setLogger(
    { warn, error: quiet, info: quiet, debug: quiet, verbose: quiet },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
});
afterEach(async () => {
  diag.disable();
  await rm(root, { recursive: true, force: true });
});

const files = async (): Promise<string[]> =>
  (await readdir(root, { recursive: true })).filter((name) => name.includes('.')).sort();
const taking =
  (into: string[], answer: Sent = 'done') =>
  (text: string): Promise<Sent> => {
    into.push(text);
    return Promise.resolve(answer);
  };

describe('the spool', () => {
  it('gives back what it kept, oldest first, and is empty then', async () => {
    const spool = openSpool(root, HERE);
    expect([await spool.keep('one'), spool.keepNow('two')]).toEqual([true, true]);
    const sent: string[] = [];
    await openSpool(root, HERE).drain(taking(sent));
    expect(sent.sort()).toEqual(['one', 'two']);
    expect(await files()).toEqual([]);
  });

  it('makes nothing on the disk before there is something to keep', async () => {
    await openSpool(join(root, 'new'), HERE).drain(taking([]));
    expect(await readdir(root)).toEqual([]);
  });

  it('can be read by its user alone, and mends a folder that others can read', async () => {
    await chmod(root, 0o755);
    await openSpool(root, HERE).keep('one');
    const [folder = '', ...rest] = await readdir(root, { recursive: true });
    const modes = [root, join(root, folder), ...rest.map((name) => join(root, name))].map(
      async (path) => ((await stat(path)).mode & 0o777).toString(8),
    );
    expect(await Promise.all(modes)).toEqual(['700', '700', '600']);
  });

  it('refuses a folder that is a link', async () => {
    await symlink(tmpdir(), join(root, 'link'));
    expect(await openSpool(join(root, 'link'), HERE).keep('one')).toBe(false);
  });

  it('never holds more than its limit, over several processes, and says what is lost once', async () => {
    const text = 'x'.repeat(400);
    const kept = [];
    for (let run = 0; run < 5; run += 1) {
      const spool = openSpool(root, HERE, { maxBytes: 1000 });
      kept.push(await spool.keep(text), spool.keepNow(text));
    }
    expect(kept.filter(Boolean)).toHaveLength(2);
    const spool = openSpool(root, HERE, { maxBytes: 1000 });
    said = [];
    await spool.keep(text);
    await spool.keep(text);
    expect(said.filter((line) => line.includes('full'))).toHaveLength(1);
  });

  it('is sent by one of several processes, each batch once', async () => {
    const spool = openSpool(root, HERE);
    for (let batch = 0; batch < 40; batch += 1) await spool.keep(`batch ${batch}`);
    const sent: string[] = [];
    const slowly = async (text: string): Promise<Sent> => {
      sent.push(text);
      await new Promise((resolve) => setTimeout(resolve, 1));
      return 'done';
    };
    await Promise.all(Array.from({ length: 5 }, () => openSpool(root, HERE).drain(slowly)));
    expect(sent).toHaveLength(40);
    expect(new Set(sent).size).toBe(40);
  });

  it('keeps what was not taken, and stops asking', async () => {
    const spool = openSpool(root, HERE);
    for (const text of ['one', 'two', 'three']) await spool.keep(text);
    const asked: string[] = [];
    await spool.drain(taking(asked, 'later'));
    expect(asked).toHaveLength(1);
    const sent: string[] = [];
    await spool.drain(taking(sent));
    expect(sent).toHaveLength(3);
  });

  it('takes back what a process claimed that died, and not what one claimed just now', async () => {
    const spool = openSpool(root, HERE);
    await spool.keep('one');
    const hanging = new Promise<Sent>(() => undefined);
    void openSpool(root, HERE).drain(() => hanging);
    await expect.poll(files).toEqual([expect.stringMatching(/\.sending$/) as string]);
    const sent: string[] = [];
    await spool.drain(taking(sent));
    expect(sent).toEqual([]);
    const [claim = ''] = await files();
    const long = new Date(Date.now() - 3600_000);
    await utimes(join(root, claim), long, long);
    await spool.drain(taking(sent));
    expect(sent).toEqual(['one']);
  });

  it('forgets what is older than two weeks, other receivers’ too, and what was half written', async () => {
    const spool = openSpool(root, HERE);
    await spool.keep('one');
    const folder = join(root, (await readdir(root))[0] ?? '');
    const old = (Date.now() - 15 * DAY_MS).toString(36);
    await writeFile(join(folder, `${old}-aa.spans`), 'old');
    await writeFile(join(folder, `${old}-aa.part`), 'half');
    const sent: string[] = [];
    await openSpool(root, ['elsewhere']).keep('two');
    await openSpool(root, ['elsewhere']).drain(taking(sent));
    expect(sent).toEqual(['two']);
    await spool.drain(taking(sent));
    expect(sent).toEqual(['two', 'one']);
    expect(await files()).toEqual([]);
  });

  it('never gives what was kept for one receiver or key to another', async () => {
    await openSpool(root, HERE).keep('one');
    const sent: string[] = [];
    await openSpool(root, [HERE[0] ?? '', 'key=two']).drain(taking(sent));
    expect(sent).toEqual([]);
    expect((await readdir(root, { recursive: true })).join()).not.toContain('one');
  });

  it('answers false where its folder cannot be, and throws nothing', async () => {
    await writeFile(join(root, 'file'), '');
    const spool = openSpool(join(root, 'file'), HERE);
    expect([await spool.keep('one'), spool.keepNow('one')]).toEqual([false, false]);
    await spool.drain(taking([]));
    expect(await openSpool('\0', HERE).keep('one')).toBe(false);
  });

  it('is where the environment says, or nowhere', () => {
    const before = process.env['FOOTPRINT_SPOOL'];
    process.env['FOOTPRINT_SPOOL'] = '/somewhere';
    expect(spoolFolder()).toBe('/somewhere');
    process.env['FOOTPRINT_SPOOL'] = 'off';
    expect(spoolFolder()).toBeUndefined();
    delete process.env['FOOTPRINT_SPOOL'];
    expect(spoolFolder()).toMatch(/footprint.spool$/);
    if (before !== undefined) process.env['FOOTPRINT_SPOOL'] = before;
  });
});

const BODY: Body = { bytes: Buffer.from('{"resourceSpans":["ä"]}'), spans: 3 };

describe('bodies in the spool', () => {
  it('come back as they were', () => {
    expect(opened(sealed(BODY))).toEqual(BODY);
    // A part of a larger buffer is no more than that part.
    const part = new Uint8Array(Buffer.from('xx{}xx')).subarray(2, 4);
    expect(opened(sealed({ bytes: part, spans: 1 }))?.bytes.toString()).toBe('{}');
  });

  it('that were damaged are skipped, counted and kept aside, the others are sent', async () => {
    const text = sealed(BODY);
    const raw = openSpool(root, HERE);
    const sum = createHash('sha256').update('{}').digest('hex');
    for (const bad of [
      '',
      'no spool',
      text.slice(0, -3),
      text.replace('resource', 'Resource'),
      `footprint-spool 1 ${sum} 1\n{}`,
    ])
      await raw.keep(bad);
    await raw.keep(text);
    const sent: Body[] = [];
    await backlogOf(raw, (body) => {
      sent.push(body);
      return Promise.resolve('done');
    }).resume();
    expect(sent).toEqual([BODY]);
    expect((await files()).filter((name) => name.endsWith('.bad'))).toHaveLength(5);
    expect(said.some((line) => line.includes('5 damaged files'))).toBe(true);
    const [bad = ''] = await files();
    expect(await readFile(join(root, bad), 'utf8')).not.toBe(text);
  });

  it('that are being sent or written as the process exits are there once', async () => {
    const spool = openSpool(root, HERE);
    await spool.keep(sealed(BODY));
    const backlog = backlogOf(spool, () => new Promise(() => undefined));
    void backlog.resume();
    await expect.poll(files).toEqual([expect.stringMatching(/\.sending$/) as string]);
    backlog.close([BODY]);
    expect((await files()).filter((name) => name.endsWith('.spans'))).toHaveLength(2);
    expect(said).toEqual([]);
  });

  it('are counted as lost where there is no spool', async () => {
    const backlog = backlogOf(undefined, () => Promise.resolve('done'));
    await backlog.keep(BODY);
    await backlog.resume();
    backlog.close([BODY, BODY]);
    expect(said).toEqual(['footprint: 3 spans were lost', 'footprint: 6 spans were lost']);
  });
});
