// Control data: what is decided is on the disk with its entry in the audit log, or not at all.
import { chmodSync, cpSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Act } from '../../server/control/control.ts';
import { CONTROL_NAME, openControl } from '../../server/control/sqlite.ts';
import { SQL_FOLDER } from '../../server/store/query.ts';
import { temporaryFolder } from './served.ts';

const NOW = Date.parse('2026-11-27T08:00:00.000Z');
const act = (target: string, detail: Record<string, unknown> = {}): Act => ({
  workspace: 'default',
  actor: 'local',
  action: 'schedule.create',
  target,
  detail,
});

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const open = (sql?: string) =>
  openControl({ folder: folder.path, now: () => NOW, ...(sql === undefined ? {} : { sql }) });

beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder.remove());

/** A copy of sql/control that a test may change. */
const copyOfSql = (): string => {
  const copy = join(folder.path, 'sql/');
  cpSync(`${SQL_FOLDER}control/`, copy, { recursive: true });
  return copy;
};

describe('the control data', () => {
  it('lies in files that only their owner reads, and survives a restart', async () => {
    const control = open();
    await control.act(act('weekly', { cron: '0 7 * * 1' }));
    for (const name of [CONTROL_NAME, `${CONTROL_NAME}-wal`]) {
      expect(statSync(join(folder.path, name)).mode & 0o777).toBe(0o600);
    }
    control.close();
    const again = open();
    expect(await again.acts({ workspace: 'default', limit: 10 })).toEqual([
      {
        seq: 1,
        occurred_at: '2026-11-27T08:00:00.000Z',
        actor: 'local',
        action: 'schedule.create',
        target: 'weekly',
        detail: { cron: '0 7 * * 1' },
      },
    ]);
    again.close();
  });

  it('makes a file that others could read its owner’s alone', () => {
    const path = join(folder.path, CONTROL_NAME);
    writeFileSync(path, '');
    chmodSync(path, 0o644);
    open().close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('refuses a migration that was changed after it was applied, and one of a later version', () => {
    const sql = copyOfSql();
    open(sql).close();
    const first = join(sql, '0001_create_audit_log.sql');
    const text = readFileSync(first, 'utf8');
    writeFileSync(first, `${text}\n-- changed`);
    expect(() => open(sql)).toThrow(/0001_create_audit_log was changed after it was applied/);
    writeFileSync(first, text);
    writeFileSync(
      join(sql, '0099_add_more.sql'),
      '-- More.\ncreate table more (n integer) strict;',
    );
    open(sql).close();
    expect(() => open()).toThrow(/0099_add_more is not of this version/);
  });

  it('applies nothing of a migration that fails half way', () => {
    const sql = copyOfSql();
    const path = join(sql, '0099_add_more.sql');
    writeFileSync(
      path,
      '-- More.\ncreate table more (n integer) strict; create table more (n integer);',
    );
    expect(() => open(sql)).toThrow(/already exists/);
    writeFileSync(path, '-- More.\ncreate table more (n integer) strict;');
    open(sql).close();
  });

  it('says so where the file is no database', () => {
    writeFileSync(
      join(folder.path, CONTROL_NAME),
      'no database at all, but a text that is long enough',
    );
    expect(() => open()).toThrow(expect.objectContaining({ code: 'control_unavailable' }));
  });
});

describe('the audit log', () => {
  it('shows each workspace its own acts, the latest first and page by page', async () => {
    const control = open();
    for (const target of ['a', 'b', 'c']) await control.act(act(target));
    await control.act({ ...act('d'), workspace: 'other' });
    const targets = async (options: { limit: number; before?: number }) =>
      (await control.acts({ workspace: 'default', ...options })).map((entry) => entry.target);
    expect(await targets({ limit: 2 })).toEqual(['c', 'b']);
    expect(await targets({ limit: 2, before: 2 })).toEqual(['a']);
    control.close();
  });

  it('undoes the act whose change fails, its entry included', async () => {
    const sql = copyOfSql();
    writeFileSync(
      join(sql, 'forget.sql'),
      '-- param: name text  which\ndelete from migrations where name = $name',
    );
    const control = open(sql);
    const forget = { name: 'forget', params: { name: 'x' }, or_missing: 'there is no such file' };
    await expect(control.act(act('gone'), [forget])).rejects.toMatchObject({
      code: 'not_found',
      message: 'there is no such file',
    });
    expect(await control.acts({ workspace: 'default', limit: 1 })).toEqual([]);
    await control.act(act('next'));
    expect(await control.firstAlteredAct()).toBeNull();
    control.close();
  });

  it('makes the act fail where it cannot be written', async () => {
    const control = open();
    // Somebody else holds the file for longer than a moment.
    const other = new DatabaseSync(join(folder.path, CONTROL_NAME));
    other.exec('begin immediate');
    await expect(control.act(act('locked out'))).rejects.toMatchObject({
      code: 'control_unavailable',
    });
    other.exec('rollback');
    other.close();
    expect(await control.acts({ workspace: 'default', limit: 1 })).toEqual([]);
    control.close();
  });

  it('is only added to, and names the first entry that was changed past it', async () => {
    const control = open();
    for (const target of ['a', 'b', 'c']) await control.act(act(target));
    control.close();
    const file = new DatabaseSync(join(folder.path, CONTROL_NAME));
    expect(() => file.exec("update audit_log set actor = 'x' where seq = 2")).toThrow(
      /only added to/,
    );
    expect(() => file.exec('delete from audit_log where seq = 2')).toThrow(/only added to/);
    file.exec('drop trigger audit_log_is_not_updated');
    file.exec("update audit_log set actor = 'x' where seq = 2");
    file.close();
    const again = open();
    expect(await again.firstAlteredAct()).toBe(2);
    again.close();
  });

  it('names the entry behind one that was taken out', async () => {
    const control = open();
    for (const target of ['a', 'b', 'c']) await control.act(act(target));
    control.close();
    const file = new DatabaseSync(join(folder.path, CONTROL_NAME));
    file.exec('drop trigger audit_log_is_not_deleted; delete from audit_log where seq = 2');
    file.close();
    const again = open();
    expect(await again.firstAlteredAct()).toBe(3);
    again.close();
  });
});
