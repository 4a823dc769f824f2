// A migration agent: its first step changes a schema, and the right to do so stays with it through all that follows.
import { DatabaseSync } from 'node:sqlite';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resource, surface, task } from '../index.ts';
import { startAuthorizationServer } from './authorization-server.ts';
import { converse } from './conversation.ts';
import type { Session } from './days.ts';
import { live, vary } from './days.ts';
import { guardedTools } from './guarded.ts';
import type { Step } from './model.ts';
import { connectOAuth } from './oauth-client.ts';
import { loadPolicy } from './policy.ts';
import { startToolServer } from './tool-server.ts';

const AGENT = 'migration-agent';
const SCHEMA = 'db.schema';
const WRITE = 'db.write';
const READ = 'db.read';
const HOUR_S = 3600;

/** The version of later days forbids what the first one only did not permit. */
const POLICIES = {
  'read-rows':
    'permit(principal, action in [Action::"list_tables", Action::"query_rows"], resource);',
  migrate: 'permit(principal, action in [Action::"alter_table", Action::"copy_rows"], resource);',
};
const NEVER_DROP = { 'never-drop': 'forbid(principal, action == Action::"drop_table", resource);' };

const step = (tool: string, input: Record<string, unknown> = {}): Step => ({ tool, input });

await live(AGENT, async (clock) => {
  const folder = await mkdtemp(join(tmpdir(), 'footprint-demo-'));
  const file = join(folder, 'orders.db');
  const database = new DatabaseSync(file);
  database.exec('create table orders (id integer primary key, total integer)');
  database.exec('insert into orders (total) values (12), (40), (7)');
  const count = () => `${database.prepare('select count(*) as n from orders').get()?.['n']} rows`;
  let column = 0;
  const served = {
    list_tables: { scope: READ, takes: [], run: () => 'orders' },
    query_rows: { scope: READ, takes: ['table'], run: count },
    copy_rows: {
      scope: WRITE,
      takes: ['to'],
      run: () => {
        database.exec(`update orders set c${column} = total`);
        return count();
      },
    },
    alter_table: {
      scope: SCHEMA,
      takes: ['table'],
      run: () => {
        column += 1;
        database.exec(`alter table orders add column c${column} integer`);
        return `c${column} added`;
      },
    },
    drop_table: {
      scope: SCHEMA,
      takes: ['table'],
      run: () => {
        database.exec('drop table orders');
        return 'dropped';
      },
    },
  };
  const as = await startAuthorizationServer({
    client: AGENT,
    scopes: [SCHEMA, WRITE, READ],
    life_s: () => HOUR_S,
  });
  const oauth = await connectOAuth(as, AGENT);
  const { introspect } = oauth;
  const server = await startToolServer({ name: 'database', tools: served, introspect, clock });
  const tools = Object.keys(served);
  const principal = { type: 'Agent', id: AGENT } as const;
  const before = loadPolicy({ id: 'migration', version: '2026-09', tools, policies: POLICIES });
  const since = loadPolicy({
    id: 'migration',
    version: '2026-11',
    tools,
    policies: { ...POLICIES, ...NEVER_DROP },
  });

  const session =
    (goal: string, steps: Step[], leaves = false): Session =>
    ({ name, number, day }) =>
      task({ agent: AGENT, session: name, goal }, async () => {
        const policy = day.ago > day.of / 2 ? before : since;
        surface(policy.permitted(principal, 'database', tools), { source: 'policy' });
        // A copy to fall back to, removed when the task ends.
        const copy = { type: 'database_copy', expires_in: 2 * HOUR_S };
        await resource(
          copy,
          async () => {
            const path = join(folder, `copy-${number}.db`);
            await copyFile(file, path);
            return path;
          },
          (path) => rm(path),
        );
        // A dump for somebody to look at, which nobody thought of removing.
        if (leaves) await resource({ type: 'dump' }, () => join(folder, `dump-${number}.sql`));
        // The schema's token is needed for one call, and held for the whole hour of the session.
        server.hold([await oauth.token([SCHEMA]), await oauth.token([READ, WRITE])]);
        const guarded = await guardedTools({
          server,
          policy,
          principal,
          clock,
          delegation: { type: 'autonomous' },
        });
        let thought = 0;
        const think = () => {
          // Changing the schema takes a minute; copying and counting take the rest.
          clock.pass(thought < 2 ? 20 : vary(number, 240, 480));
          thought += 1;
        };
        await converse({ prompt: 'Migrate.', tools: guarded, steps, answer: 'Migrated.', think });
      });

  const migration = [
    step('list_tables'),
    step('alter_table', { table: 'orders' }),
    step('copy_rows', { to: 'new column' }),
    step('query_rows', { table: 'orders' }),
    step('query_rows', { table: 'orders' }),
  ];
  const nightly = session('migrate', migration);
  const leaky = session('migrate', migration, true);
  const tidy = session('tidy_up', [step('list_tables'), step('drop_table', { table: 'orders' })]);
  return {
    today: [leaky, tidy],
    earlier: ({ ago }) => (ago % 14 === 0 ? [leaky] : [nightly]),
    close: async () => {
      await server.close();
      await as.close();
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
});
