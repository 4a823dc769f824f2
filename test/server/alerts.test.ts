// Alerts: every state of a rule's evaluation, and what is told of it, through real control data, a webhook and a mail server.
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAlerts, type Alerts } from '../../server/alerts/alerts.ts';
import { startEvaluator, type Evaluator } from '../../server/alerts/evaluator.ts';
import { openRules, readRule } from '../../server/alerts/rule.ts';
import type { Control } from '../../server/control/control.ts';
import { openControl } from '../../server/control/sqlite.ts';
import { createAskRows } from '../../server/reports/ask.ts';
import {
  createDestinations,
  type Destinations,
} from '../../server/reports/deliver/destinations.ts';
import { createSend } from '../../server/reports/deliver/send.ts';
import { signatureOf } from '../../server/reports/deliver/webhook.ts';
import { createSandbox } from '../../server/reports/sandbox.ts';
import type { Store } from '../../server/store/store.ts';
import { openDatabase, type Database } from '../sql/questions/database.ts';
import { quietLog, temporaryFolder } from './served.ts';

const INBOX = new URL('../engines/mail/inbox.mjs', import.meta.url);
const hasMail = existsSync(new URL('../engines/mail/node_modules/smtp-server', import.meta.url));
const W = 'default';
const START = Date.parse('2026-10-30T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let database: Database;
let control: Control;
let destinations: Destinations;
let evaluator: Evaluator;
let alerts: Alerts;
let hook: Awaited<ReturnType<typeof receiver>>;
let clock = START;
let commits = 1;
let asked: string[] = [];
let broken = false;

/** A receiver on loopback that answers 200, or in turn what it is told to. */
const receiver = async () => {
  const got: { headers: IncomingMessage['headers']; body: string }[] = [];
  const statuses: number[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      got.push({ headers: request.headers, body });
      response.writeHead(statuses.shift() ?? 200).end();
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const texts = () => got.map(({ body }) => (JSON.parse(body) as { text: string }).text);
  const close = () => new Promise((done) => server.close(done));
  return { got, statuses, texts, host: `127.0.0.1:${port}`, close };
};

/** The server's own parts, begun anew as at a restart; the control data stays. */
const begin = async (smtp_url: string | null = null): Promise<void> => {
  const now = () => clock;
  const store = {
    ask: ({ name, params }: Parameters<Store['ask']>[0]) => {
      asked.push(name);
      if (broken) return Promise.reject(new Error('the disk is gone'));
      return database.ask(name, params);
    },
    state: () => Promise.resolve({ commits }),
  } as Store;
  const sandbox = createSandbox();
  const catalogue = await openRules({
    folder: join(folder.path, 'rules'),
    check: ({ name, query }) => sandbox.check({ name, text: query.text }),
  });
  const hosts = [hook.host];
  destinations = createDestinations({ control, key: new Uint8Array(32), hosts, now });
  const mailing = { smtp_url, smtp_from: 'footprint@localhost' };
  const output = join(folder.path, 'out');
  const send = createSend({ destinations, output, hosts, ...mailing, now, waits_ms: [] });
  const ask = createAskRows({ store, sandbox, snapshots: join(folder.path, 'snapshots') });
  const parts = { store, control, catalogue, ask, destinations, now, log: quietLog };
  evaluator = startEvaluator({ ...parts, send, workspaces: [W], tick_ms: 0 });
  alerts = createAlerts({ control, catalogue, destinations, evaluator, now });
};

beforeEach(async () => {
  [clock, commits, asked, broken] = [START, 1, [], false];
  folder = await temporaryFolder();
  database = await openDatabase();
  control = openControl({ folder: folder.path, now: () => clock });
  hook = await receiver();
  await begin();
  const settings = { kind: 'webhook' as const, name: 'pager', url: `http://${hook.host}/` };
  await destinations.create(W, 'ann', { ...settings, alerts: true });
});
afterEach(async () => {
  await evaluator.close();
  await hook.close();
  control.close();
  database.close();
  await folder.remove();
});

const late = (fingerprint: string, at: string, agent = 'a') => [
  {
    agent,
    fingerprint,
    event: 'issued',
    issued_at: '2026-10-01T00:00:00Z',
    expires_at: '2026-10-02T00:00:00Z',
  },
  { agent, fingerprint, event: 'used', uses: 1, first_used_at: at, last_used_at: at },
];
const seen = (at: string, agent = 'a') => ({ agent, session: `s${at}`, started_at: at });
const LATE = '2026-10-29T23:00:00Z';
/** Moves the clock, looks, and waits for what was sent. */
const later = async (ms: number): Promise<number> => {
  clock += ms;
  const ran = await evaluator.tick();
  await evaluator.sent();
  return ran;
};
const states = async (state?: 'resolved' | 'pending') =>
  (await alerts.list({ workspace: W, state, limit: 100 })).map((one) => `${one.rule} ${one.state}`);

describe('an alert', () => {
  it('fires once, is told again after a day, and recovers once, whatever restarts between', async () => {
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    await later(MINUTE);
    await evaluator.close();
    await begin();
    await later(MINUTE);
    expect(hook.texts()).toEqual([
      '*Token used after its end*: 1 firing\n- high: a token of a was used 1 time after its end',
    ]);
    expect(await states()).toEqual(['token_used_after_end firing']);
    await database.fill({ token_events: late('f', '2026-10-30T23:59:00Z') });
    await later(24 * HOUR);
    expect(hook.texts()[1]).toContain('1 still firing');
    await database.fill({ session_parts: [seen('2026-11-01T00:00:00Z')] });
    await later(24 * HOUR);
    await later(MINUTE);
    expect(hook.texts().slice(2)).toEqual([
      expect.stringContaining('*Token used after its end*: 1 recovered') as string,
    ]);
    expect(await states()).toEqual([]);
    expect(await states('resolved')).toEqual(['token_used_after_end resolved']);
  });

  it('whose agent sends nothing any more has no data; that is no recovery', async () => {
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    await later(30 * HOUR);
    expect(await states()).toEqual(['token_used_after_end no_data']);
    expect(hook.got).toHaveLength(1);
    await database.fill({ token_events: late('f', '2026-10-31T05:59:00Z') });
    await later(MINUTE);
    expect(await states()).toEqual(['token_used_after_end firing']);
  });

  it('that is muted by agent is not told until the mute ends', async () => {
    await alerts.mute(W, 'ann', {
      rule: null,
      environment: null,
      agent: 'a',
      key: null,
      until: new Date(START + HOUR).toISOString(),
      reason: 'known',
    });
    await database.fill({ token_events: [...late('f', LATE), ...late('g', LATE, 'b')] });
    await later(0);
    expect(hook.texts()).toEqual([expect.stringContaining('a token of b') as string]);
    const [muted] = await alerts.list({ workspace: W, agent: 'a', limit: 10 });
    expect(muted).toMatchObject({ state: 'firing', told_at: null });
    expect(muted?.muted_until).toBe('2026-10-30T01:00:00.000Z');
    await later(HOUR);
    expect(hook.texts()[1]).toContain('a token of a');
    expect((await control.acts({ workspace: W, limit: 1 }))[0]).toMatchObject({
      actor: 'ann',
      action: 'alert.mute',
    });
  });

  it('that somebody works on is not told again', async () => {
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    const [alert] = await alerts.list({ workspace: W, limit: 1 });
    await alerts.acknowledge(W, 'ann', alert?.id ?? '');
    await database.fill({ token_events: late('f', '2026-10-30T23:59:00Z') });
    await later(24 * HOUR + MINUTE);
    expect(hook.got).toHaveLength(1);
    expect(await alerts.list({ workspace: W, limit: 1 })).toMatchObject([
      { acknowledged_by: 'ann', state: 'firing' },
    ]);
  });

  it('waits for as long as its rule says, and is not told where it is over before', async () => {
    const gap = { first_seq: 1, last_seq: 3, spans: 2, last_seen_at: LATE };
    await database.fill({ producer_parts: [gap] });
    await later(0);
    expect(await states('pending')).toEqual(['evidence_gaps pending']);
    await database.fill({ producer_parts: [{ ...gap, first_seq: 2, last_seq: 2, spans: 1 }] });
    await later(5 * MINUTE);
    expect([await states('pending'), await states('resolved')]).toEqual([[], []]);
    await database.fill({ producer_parts: [{ ...gap, producer_id: 'q' }] });
    await (async () => later(MINUTE))();
    commits += 1;
    await later(MINUTE);
    await later(10 * MINUTE);
    expect(hook.texts()).toEqual([
      expect.stringContaining('*Evidence has gaps*: 1 firing') as string,
    ]);
  });

  it('of a thousand keys at once is one message with the first and a count', async () => {
    const many = Array.from({ length: 1000 }, (_, i) => late(`f${i}`, LATE)).flat();
    await database.fill({ token_events: many });
    await later(0);
    expect(hook.got).toHaveLength(1);
    const [text = ''] = hook.texts();
    expect(text).toContain('1000 firing');
    expect(text).toContain('and 980 more');
    expect(text.split('\n')).toHaveLength(22);
  });

  it('shows the text of an agent as text: no new line, no link and no bell', async () => {
    const agent = 'a\n- high: <!channel>\u202e';
    await database.fill({ token_events: late('f', LATE, agent) });
    await later(0);
    const [text = ''] = hook.texts();
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toContain('&lt;!channel&gt;');
    expect(text).not.toContain('\u202e');
  });
});

describe('a rule', () => {
  it('is not asked again while nothing came, but for those that the clock moves', async () => {
    await later(0);
    asked = [];
    await later(10 * MINUTE);
    expect(asked.sort()).toEqual(['alerts/agent_silent', 'alerts/regressed_cut']);
    commits += 1;
    expect(await later(10 * MINUTE)).toBe(7);
  });

  it('that cannot run is told once, its alerts have no data, and it is told that it runs again', async () => {
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    for (const rule of await alerts.rules(W)) {
      if (rule.name === 'token_used_after_end') continue;
      await alerts.setRule(W, 'ann', rule.name, { enabled: false, destinations: null });
    }
    broken = true;
    await later(MINUTE);
    await later(MINUTE);
    expect(hook.texts().slice(1)).toEqual([
      expect.stringContaining('the rule cannot run, nothing is known') as string,
    ]);
    expect(await states()).toEqual(['token_used_after_end no_data']);
    broken = false;
    await later(MINUTE);
    expect(hook.texts().slice(2)).toEqual([expect.stringContaining('runs again') as string]);
    expect(await states()).toEqual(['token_used_after_end firing']);
  });

  it('of a folder that is broken says so', async () => {
    const rules = join(folder.path, 'rules');
    await mkdir(rules);
    await writeFile(join(rules, 'mine.sql'), '-- alert: Mine\n-- question: What?\nselect 1');
    await later(0);
    expect(hook.texts()).toEqual([expect.stringContaining('declares no') as string]);
    expect((await alerts.rules(W)).find(({ name }) => name === 'mine')?.failed_since).toBe(
      '2026-10-30T00:00:00.000Z',
    );
  });

  it('tells whom it names, and a rule that is switched off finds nothing', async () => {
    const made = await destinations.create(W, 'ann', {
      kind: 'folder',
      name: 'disk',
      folder: 'al',
    });
    const set = { enabled: true, destinations: [made.id] };
    await alerts.setRule(W, 'ann', 'token_used_after_end', set);
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    expect(hook.got).toEqual([]);
    expect(await alerts.history(W, 10)).toMatchObject([
      { kind: 'firing', pending: 0, deliveries: [{ destination: 'disk', state: 'delivered' }] },
    ]);
    await alerts.setRule(W, 'ann', 'token_used_after_end', { ...set, enabled: false });
    await later(MINUTE);
    expect(await states()).toEqual([]);
  });

  it.each([
    ['-- every: 5 seconds', 'must be a time as'],
    ['-- for: 99 days', 'must be a time as'],
    ['-- clock: no', 'can only be "yes"'],
    ['-- recovery: loud', 'can only be "silent"'],
  ])('is refused with the reason: %s', (line, fault) => {
    const columns = ['key', 'severity', 'message'].map((name) => `-- column: ${name} text  it`);
    const text = ['-- question: What?', ...columns, line, 'select 1'].join('\n');
    expect(() => readRule('mine', text)).toThrow(fault);
  });
});

describe('a message', () => {
  it('is sent again at the next look where the receiver failed, and is the same one', async () => {
    hook.statuses.push(503);
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    await evaluator.close();
    await begin();
    await later(MINUTE);
    await later(MINUTE);
    const ids = hook.got.map(({ headers }) => headers['footprint-alert']);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(1);
    expect((await alerts.history(W, 1))[0]).toMatchObject({
      pending: 0,
      deliveries: [{ attempts: 2, state: 'delivered' }],
    });
  });

  it('to a webhook is signed', async () => {
    const { id, signing_secret = '' } = await destinations.create(W, 'ann', {
      kind: 'webhook',
      name: 'signed',
      url: `http://${hook.host}/x`,
    });
    await alerts.setRule(W, 'ann', 'token_used_after_end', { enabled: true, destinations: [id] });
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    const [{ headers, body } = { headers: {}, body: '' }] = hook.got;
    const time = String(headers['footprint-time']);
    expect(headers['footprint-signature']).toBe(signatureOf(signing_secret, time, body));
  });

  it.skipIf(!hasMail)('by e-mail reaches a real mail server', async () => {
    const { startInbox } = (await import(INBOX.href)) as {
      startInbox: () => Promise<{
        url: string;
        mails: { to: string[]; text: string }[];
        close: () => Promise<void>;
      }>;
    };
    const inbox = await startInbox();
    await evaluator.close();
    await begin(inbox.url);
    const to = ['ops@example.com'];
    await destinations.create(W, 'ann', { kind: 'email', name: 'ops', to, alerts: true });
    await database.fill({ token_events: late('f', LATE) });
    await later(0);
    await inbox.close();
    expect(inbox.mails).toMatchObject([{ to }]);
    expect(inbox.mails[0]?.text).toContain('Subject: Token used after its end: 1 firing');
  });
});
