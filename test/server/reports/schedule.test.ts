// Schedules and deliveries: due once, made up once, and sent signed, to public addresses only, with no secret told.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { lookup } from 'node:dns/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openControl } from '../../../server/control/sqlite.ts';
import type { Control } from '../../../server/control/control.ts';
import { createLog } from '../../../server/log.ts';
import { openCatalogue } from '../../../server/reports/catalogue.ts';
import { checkUrl, isPublic } from '../../../server/reports/deliver/address.ts';
import { createDeliver } from '../../../server/reports/deliver/deliver.ts';
import { createDestinations } from '../../../server/reports/deliver/destinations.ts';
import { createSend } from '../../../server/reports/deliver/send.ts';
import { createTrial } from '../../../server/reports/deliver/trial.ts';
import { signatureOf } from '../../../server/reports/deliver/webhook.ts';
import { createReports, type Reports } from '../../../server/reports/reports.ts';
import { createSandbox } from '../../../server/reports/sandbox.ts';
import { startScheduler } from '../../../server/reports/scheduler.ts';
import { createSchedules, nextDue } from '../../../server/reports/schedules.ts';
import type { Store } from '../../../server/store/store.ts';
import { openDatabase, type Database } from '../../sql/questions/database.ts';
import { temporaryFolder } from '../served.ts';

const INBOX = new URL('../../engines/mail/inbox.mjs', import.meta.url);
const hasMail = existsSync(new URL('../../engines/mail/node_modules/smtp-server', import.meta.url));
const W = 'default';
/** A Monday. */
const MONDAY = Date.parse('2026-11-23T06:30:00Z');

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: Database;
let control: Control;
let reports: Reports;
let clock = MONDAY;
let lines: string[] = [];
const now = (): number => clock;
const log = createLog({ level: 'info', now, write: (line) => lines.push(line) });

beforeEach(async () => {
  clock = MONDAY;
  lines = [];
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'data'));
  database = await openDatabase();
  control = openControl({ folder: join(folder.path, 'data'), now });
  const ask: Store['ask'] = ({ name, params }) => database.ask(name, params);
  const sandbox = createSandbox();
  const catalogue = await openCatalogue({ folder: null, check: () => Promise.resolve(null) });
  const snapshots = join(folder.path, 'data', 'snapshots');
  const store = { ask } as Store;
  reports = await createReports({ store, control, catalogue, sandbox, snapshots, now, log });
});
afterEach(async () => {
  await reports.close();
  control.close();
  database.close();
  await folder.remove();
});

const scheduler = (hosts: string[] = [], smtp_url: string | null = null) => {
  const key = new Uint8Array(32);
  const destinations = createDestinations({ control, key, hosts, now });
  const output = join(folder.path, 'out');
  const smtp_from = 'footprint@localhost';
  const sending = { destinations, output, hosts, smtp_url, smtp_from, now };
  const send = createSend({ ...sending, waits_ms: [5, 5] });
  const deliver = createDeliver({ control, send, log });
  return {
    destinations,
    trial: createTrial({ send: createSend({ ...sending, waits_ms: [] }), now, log }),
    schedules: createSchedules({ control, catalogue: reports.catalogue, now }),
    ...startScheduler({ control, reports, deliver, now, log, tick_ms: 0 }),
  };
};
const settings = (rest: object = {}) => ({
  report: 'new_grants',
  cron: '0 7 * * 1',
  time_zone: 'UTC',
  environment: null,
  formats: ['csv' as const],
  destinations: [] as string[],
  enabled: true,
  ...rest,
});
const runs = async () => (await reports.runs({ workspace: W, limit: 100 })).reverse();

describe('a schedule', () => {
  it('is due in its own time zone, through the change of summer time', () => {
    const due = (after: string) => nextDue('0 7 * * 1', 'Europe/Berlin', Date.parse(after));
    expect(due('2026-10-18T00:00:00Z')).toBe('2026-10-19T05:00:00.000Z');
    expect(due('2026-10-25T00:00:00Z')).toBe('2026-10-26T06:00:00.000Z');
  });

  it('runs once at its instant, over the window that ends there', async () => {
    const { schedules, tick, close } = scheduler();
    const made = await schedules.create(W, 'ann', settings());
    expect(made.next_at).toBe('2026-11-23T07:00:00.000Z');
    expect(await tick()).toBe(0);
    clock = Date.parse('2026-11-23T07:00:09Z');
    expect(await tick()).toBe(1);
    expect(await tick()).toBe(0);
    await close();
    const [run, more] = await runs();
    expect(more).toBeUndefined();
    expect(run).toMatchObject({
      started_by: 'schedule',
      schedule_id: made.id,
      state: 'done',
      params: { until: '2026-11-23T07:00:00.000Z', since: '2026-11-16T07:00:00.000Z' },
    });
    expect((await schedules.list(W))[0]).toMatchObject({
      next_at: '2026-11-30T07:00:00.000Z',
      last_due_at: '2026-11-23T07:00:00.000Z',
      last_run_id: run?.id,
    });
  });

  it('makes up what was missed, once, after a restart', async () => {
    const first = scheduler();
    await first.schedules.create(W, 'ann', settings({ cron: '0 7 * * *' }));
    await first.close();
    clock = Date.parse('2026-11-27T12:00:00Z');
    const again = scheduler();
    expect(await again.tick()).toBe(1);
    expect(await again.tick()).toBe(0);
    await again.close();
    expect((await again.schedules.list(W))[0]?.next_at).toBe('2026-11-28T07:00:00.000Z');
    expect(await runs()).toHaveLength(1);
  });

  it('starts once where two look at the same moment', async () => {
    const [one, two] = [scheduler(), scheduler()];
    await one.schedules.create(W, 'ann', settings());
    clock = Date.parse('2026-11-23T07:00:00Z');
    const began = await Promise.all([one.tick(), two.tick(), one.tick()]);
    expect(began.reduce((sum, n) => sum + n, 0)).toBe(1);
    await Promise.all([one.close(), two.close()]);
    expect(await runs()).toHaveLength(1);
  });

  it('does not run an instant again when the clock is set back, and recovers from one far ahead', async () => {
    const { schedules, tick, close } = scheduler();
    await schedules.create(W, 'ann', settings({ cron: '0 7 * * *' }));
    clock = Date.parse('2026-11-23T07:00:01Z');
    expect(await tick()).toBe(1);
    clock = Date.parse('2026-11-23T06:59:00Z');
    expect(await tick()).toBe(0);
    clock = Date.parse('2026-11-23T07:00:05Z');
    expect(await tick()).toBe(0);
    clock = Date.parse('2031-01-01T08:00:00Z');
    expect(await tick()).toBe(1);
    clock = Date.parse('2026-11-24T08:00:00Z');
    await tick();
    expect((await schedules.list(W))[0]?.next_at).toBe('2026-11-25T07:00:00.000Z');
    await close();
  });

  it.each([
    [{ cron: 'never' }, 'cannot be read'],
    [{ cron: '* * * * *' }, 'every 5 minutes at most'],
    [{ cron: '0 7 30 2 *' }, 'is never due'],
    [{ time_zone: 'Berlin' }, 'there is no time zone "Berlin"'],
    [{ report: 'nothing' }, 'there is no report "nothing"'],
    [{ destinations: ['x'] }, 'there is no destination "x"'],
  ])('is refused with the reason: %j', async (rest, fault) => {
    const { schedules } = scheduler();
    await expect(schedules.create(W, 'ann', settings(rest))).rejects.toThrow(fault);
    expect(await control.acts({ workspace: W, limit: 10 })).toEqual([]);
  });

  it('is made, changed and deleted with an entry in the audit log each', async () => {
    const { schedules, tick } = scheduler();
    const { id } = await schedules.create(W, 'ann', settings());
    await schedules.change(W, 'bob', id, settings({ enabled: false }));
    clock = Date.parse('2026-11-23T07:00:00Z');
    expect(await tick()).toBe(0);
    await schedules.remove(W, 'ann', id);
    await expect(schedules.remove(W, 'ann', id)).rejects.toMatchObject({ code: 'not_found' });
    const acts = await control.acts({ workspace: W, limit: 10 });
    expect(acts.map(({ actor, action }) => `${actor} ${action}`)).toEqual([
      'ann schedule.delete',
      'bob schedule.change',
      'ann schedule.create',
    ]);
  });
});

/** A receiver on loopback that answers in turn what it is told to. */
const receiver = async (...statuses: number[]) => {
  const got: { headers: IncomingMessage['headers']; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      const status = statuses[got.length - 1] ?? 200;
      response.writeHead(status, status === 302 ? { location: '/other' } : {}).end('secret answer');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  return {
    got,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}/hook/T0KEN`,
    close: () => new Promise((done) => server.close(done)),
  };
};

describe('a delivery', () => {
  const deliver = async (kind: object, hosts: string[] = [], smtp_url: string | null = null) => {
    const { destinations, schedules, tick, close } = scheduler(hosts, smtp_url);
    const made = await destinations.create(W, 'ann', { name: 'to', ...kind } as never);
    await schedules.create(
      W,
      'ann',
      settings({ destinations: [made.id], formats: ['csv', 'html'] }),
    );
    clock = Date.parse('2026-11-23T07:00:00Z');
    await tick();
    await close();
    const [run] = await runs();
    return { made, destinations, delivery: run?.deliveries[0], run };
  };

  it('to a folder writes whole files for their owner alone', async () => {
    const { delivery } = await deliver({ kind: 'folder', folder: 'weekly' });
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 1, kind: 'folder' });
    const files = await readdir(join(folder.path, 'out', 'weekly'));
    expect(files.sort()).toEqual([
      'new_grants-2026-11-23T070000Z.csv',
      'new_grants-2026-11-23T070000Z.html',
    ]);
  });

  it.each(['../x', '/etc', 'a/b', '..', '.hidden', ''])(
    'to no folder outside: %j',
    async (name) => {
      await expect(deliver({ kind: 'folder', folder: name })).rejects.toMatchObject({
        code: 'bad_request',
      });
    },
  );

  it('to a webhook is signed, tried again while that helps, and tells its secrets to nobody', async () => {
    const hook = await receiver(503, 429, 200);
    const { made, delivery, destinations, run } = await deliver(
      { kind: 'webhook', url: hook.url },
      [hook.host],
    );
    await hook.close();
    expect(delivery).toMatchObject({ state: 'delivered', attempts: 3, detail: 'HTTP 200' });
    const [, , last] = hook.got;
    const time = String(last?.headers['footprint-time']);
    expect(time).toBe(String(clock / 1000));
    expect(last?.headers['footprint-signature']).toBe(
      signatureOf(made.signing_secret ?? '', time, last?.body ?? ''),
    );
    expect(JSON.parse(last?.body ?? '')).toMatchObject({
      text: expect.stringContaining('*Permissions newly held*: 0 rows') as string,
      run: { id: run?.id },
    });
    const [listed] = await destinations.list(W);
    expect(listed).not.toHaveProperty('signing_secret');
    const told = JSON.stringify([
      listed,
      await control.acts({ workspace: W, limit: 10 }),
      lines,
      run,
    ]);
    const stored = await readFile(join(folder.path, 'data', 'control.sqlite-wal'), 'latin1');
    for (const secret of [made.signing_secret ?? 'none', 'T0KEN', 'secret answer']) {
      expect(told).not.toContain(secret);
      expect(stored).not.toContain(secret);
    }
  });

  it('follows no redirect, and gives up where asking again cannot help', async () => {
    const moved = await receiver(302, 200);
    const first = await deliver({ kind: 'webhook', url: moved.url }, [moved.host]);
    expect(first.delivery).toMatchObject({ state: 'failed', attempts: 1 });
    expect(moved.got).toHaveLength(1);
    await moved.close();
  });

  it.each([
    'http://example.com/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://169.254.169.254/latest',
    'https://0x7f000001/',
    'https://2130706433/',
    'https://10.1.2.3/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'https://user:pass@example.com/',
    'file:///etc/passwd',
    'ftp://example.com/',
    'nothing',
  ])('is saved to no such address: %s', (url) => {
    expect(() => checkUrl(url, [])).toThrow(expect.objectContaining({ code: 'bad_request' }));
  });

  it('can be tried, once, and says how that ended', async () => {
    const hook = await receiver(503, 200);
    const { destinations, trial } = scheduler([hook.host]);
    const { id } = await destinations.create(W, 'ann', {
      kind: 'webhook',
      name: 'to',
      url: hook.url,
    });
    expect(await trial(W, 'ann', id)).toEqual({ state: 'failed', detail: 'HTTP 503' });
    expect(hook.got).toHaveLength(1);
    expect(await trial(W, 'ann', id)).toEqual({ state: 'delivered', detail: 'HTTP 200' });
    await hook.close();
    const body = JSON.parse(hook.got[1]?.body ?? '') as { run: object; rows: unknown[] };
    expect(body).toMatchObject({ run: { title: 'Test from Footprint' }, rows: [] });
    expect(await runs()).toEqual([]);
    await expect(trial(W, 'ann', 'gone')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('goes to no name that leads to a private address when it is sent', async () => {
    const hook = await receiver();
    // Saved while it was listed; then the operator takes it off the list, and the name is looked up.
    const port = hook.host.split(':')[1] ?? '';
    const { post } = await import('../../../server/reports/deliver/webhook.ts');
    const send = (url: string) =>
      post({ url, secret: 's', body: '{}', hosts: [], now: clock, headers: {} });
    await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'bad_request' });
    const told = await send(`https://${hostname()}:${port}/`);
    expect(told.ok).toBe(false);
    const address = await lookup(hostname()).catch(() => null);
    if (address !== null) expect(told.detail).toBe('the name leads to a private address');
    expect(hook.got).toEqual([]);
    await hook.close();
  });

  it('knows what is public', () => {
    expect(['8.8.8.8', '2606:4700::1111'].map(isPublic)).toEqual([true, true]);
    expect(
      ['172.31.0.1', '100.64.0.1', '0.0.0.0', '::', '64:ff9b::1', '2002:7f00:1::', 'x'].map(
        isPublic,
      ),
    ).toEqual(Array(7).fill(false));
  });

  it.skipIf(!hasMail)('by e-mail reaches a real mail server with its files', async () => {
    const { startInbox } = (await import(INBOX.href)) as {
      startInbox: (options?: { refuse: boolean }) => Promise<{
        url: string;
        mails: { to: string[]; text: string }[];
        close: () => Promise<void>;
      }>;
    };
    const inbox = await startInbox();
    const { delivery } = await deliver({ kind: 'email', to: ['ann@example.com'] }, [], inbox.url);
    await inbox.close();
    expect(delivery).toMatchObject({ state: 'delivered', kind: 'email', attempts: 1 });
    expect(inbox.mails[0]?.to).toEqual(['ann@example.com']);
    expect(inbox.mails[0]?.text).toMatch(/^Subject: Permissions newly held: no findings\r?$/m);
    expect(inbox.mails[0]?.text).toContain('filename=new_grants-2026-11-23T070000Z.csv');
    const no = await startInbox({ refuse: true });
    const { deliveries } = await refusedBy(no.url);
    await no.close();
    expect(deliveries[0]).toMatchObject({ state: 'failed', attempts: 1 });
    expect(JSON.stringify([deliveries, lines])).not.toContain('hunter2');
  });
  const refusedBy = async (smtp_url: string) => {
    const { schedules, destinations, tick, close } = scheduler([], smtp_url);
    const made = await destinations.create(W, 'ann', {
      kind: 'email',
      name: 'no',
      to: ['b@example.com'],
    });
    clock = Date.parse('2026-11-24T06:00:00Z');
    await schedules.create(W, 'ann', settings({ cron: '0 7 * * *', destinations: [made.id] }));
    clock = Date.parse('2026-11-24T07:00:00Z');
    await tick();
    await close();
    const all = await runs();
    return all.at(-1) ?? { deliveries: [] };
  };
});
