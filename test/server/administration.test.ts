// What was done to the server and what it runs with, over the API of a real server.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditChain, AuditRow, Page, SettingRow } from '../../server/api/contract.ts';
import { CONTROL_NAME } from '../../server/control/sqlite.ts';
import { openParts, type Parts } from '../../server/main.ts';
import { configFor, quietLog, temporaryFolder } from './served.ts';

const PASSWORD = 'hunter2-of-the-mail-server';
const ACTS = 5;

let parts: Parts;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  parts = await openParts({
    config: {
      ...configFor(folder.path),
      smtp_url: `smtp://me:${PASSWORD}@127.0.0.1:25`,
      webhook_hosts: ['a', 'b:8080'],
    },
    sources: { smtp_url: 'environment' },
    log: quietLog,
    now: () => Date.now(),
  });
  for (let i = 0; i < ACTS; i += 1) {
    await parts.control.act({
      workspace: 'default',
      actor: 'ada',
      action: 'test.act',
      target: `=thing ${i}`,
      detail: { i },
    });
  }
  await parts.control.act({ workspace: 'other', actor: 'eve', action: 'a', target: 'elsewhere' });
});
afterAll(async () => {
  await parts.close();
  await folder.remove();
});

const get = (path: string): Promise<Response> =>
  Promise.resolve(parts.app.request(`/api/v1${path}`, { headers: { host: '127.0.0.1' } }));
const told = async <Answer>(path: string): Promise<Answer> =>
  (await (await get(path)).json()) as Answer;

describe('the audit log', () => {
  it('is listed from the latest act on, page by page, of the own workspace', async () => {
    const targets: string[] = [];
    let cursor = '';
    for (let i = 0; i < 3; i += 1) {
      const page = await told<Page<AuditRow>>(`/audit?limit=2${cursor}`);
      targets.push(...page.rows.map(({ target }) => target));
      expect(page.truncated).toBe(i < 2);
      cursor = `&cursor=${page.next_cursor ?? ''}`;
    }
    expect(targets).toEqual([4, 3, 2, 1, 0].map((n) => `=thing ${n}`));
  });

  it('is exported whole, with formulas defused', async () => {
    const lines = (await (await get('/audit?format=csv')).text()).trimEnd().split('\r\n');
    expect(lines).toHaveLength(ACTS + 1);
    expect(lines[0]).toBe('seq,occurred_at,actor,action,target,detail');
    expect(lines[1]).toContain(`'=thing 4,"{""i"":4}"`);
  });

  it.each(['limit=0', 'cursor=abc', 'agent=a', 'format=xml'])('refuses %s', async (query) => {
    expect((await get(`/audit?${query}`)).status).toBe(400);
  });

  it('names the first entry that somebody altered', async () => {
    expect(await told<AuditChain>('/audit/chain')).toEqual({
      entries: ACTS + 1,
      altered_seq: null,
    });
    const file = new DatabaseSync(join(folder.path, 'data', CONTROL_NAME));
    file.exec('drop trigger audit_log_is_not_updated');
    file.exec("update audit_log set actor = 'mallory' where seq = 3");
    file.close();
    expect(await told<AuditChain>('/audit/chain')).toEqual({ entries: ACTS + 1, altered_seq: 3 });
  });
});

describe('the settings', () => {
  it('are told with where each came from, and no secret among them', async () => {
    const answer = await get('/settings');
    const text = await answer.text();
    expect(text).not.toContain(PASSWORD);
    const { rows } = JSON.parse(text) as { rows: SettingRow[] };
    const of = (name: string) => rows.find((row) => row.name === name);
    expect(of('smtp_url')).toMatchObject({
      value: 'set',
      source: 'environment',
      variable: 'FOOTPRINT_SMTP_URL',
    });
    expect(of('webhook_hosts')).toMatchObject({ value: 'a,b:8080', source: 'default' });
    expect(of('host')?.value).toBe('127.0.0.1');
  });
});
