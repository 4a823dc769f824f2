// footprint grants import and owners import on real files, against a real server's API.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../server/cli.ts';
import type { SurfaceRow } from '../../../server/api/contract.ts';
import { openTestParts, temporaryFolder } from '../served.ts';
import { ACCOUNT, CANARIES, POLICY, SETTINGS, TOKEN } from './files.ts';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;

beforeAll(async () => {
  folder = await temporaryFolder();
  await mkdir(join(folder.path, 'repo', '.git'), { recursive: true });
  await mkdir(join(folder.path, 'repo', 'infra'));
  const put = (name: string, text: string) => writeFile(join(folder.path, 'repo', name), text);
  await put('infra/policy.json', POLICY);
  await put('settings.json', SETTINGS);
  await put('token.json', TOKEN);
  await put('account.json', ACCOUNT);
  await put('scopes.txt', 'mail:read mail:send\ncalendar:read\n');
  await put(
    'bad.json',
    '{"Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Principal":"*"}]}',
  );
  await put('owners.csv', 'agent,environment,owner\nledger,prod,"Lovelace, Ada"\nmailer,,grace\n');
  await put('two.csv', 'agent,owner\nledger,ada\nledger,grace\n');
});
afterAll(() => folder.remove());

const call = async (...argv: string[]) => {
  let out = '';
  let err = '';
  const code = await run(argv, {
    out: (text) => (out += text),
    err: (text) => (err += text),
    tty: false,
    now: () => Date.now(),
    cwd: join(folder.path, 'repo'),
    env: {},
    untilStopped: () => Promise.resolve('SIGTERM'),
  });
  for (const canary of CANARIES) expect(out + err).not.toContain(canary);
  return { code, out, err };
};

/** What would be sent, a line a permission: permission, resource, place. */
const dry = async (...argv: string[]): Promise<string[]> => {
  const { out } = await call('grants', 'import', ...argv, '--dry-run');
  const imports = JSON.parse(out) as {
    agent: string;
    permissions: { permission: string; resource_pattern: string; source_ref: string }[];
  }[];
  return imports.flatMap(({ agent, permissions }) =>
    permissions.map((one) =>
      [agent, one.permission, one.resource_pattern, one.source_ref].join(' '),
    ),
  );
};

describe('grants import', () => {
  it('reads a policy of AWS: Sid or line, the catalogue’s spelling, Deny taken out, conditions told', async () => {
    expect(await dry('aws-iam', 'infra/policy.json', '--agent', 'a')).toEqual([
      'a aws:s3:GetObject arn:aws:s3:::ledger/* infra/policy.json#Ledger',
      'a aws:s3:Put* arn:aws:s3:::ledger/* infra/policy.json#Ledger',
      'a aws:dynamodb:GetItem arn:aws:dynamodb:eu-west-1:111122223333:table/* infra/policy.json:10',
    ]);
    const { err } = await call(
      'grants',
      'import',
      'aws-iam',
      'infra/policy.json',
      '--agent',
      'a',
      '--dry-run',
    );
    expect(err).toBe(
      'note: infra/policy.json:10: counts as granted always; it is under StringEquals sts:ExternalId\n' +
        'note: infra/policy.json:10: a `?` or a variable counts as `*`\n',
    );
  });

  it('writes wildcards out by the catalogue when asked', async () => {
    const rows = await dry('aws-iam', 'infra/policy.json', '--agent', 'a', '--expand');
    expect(rows).toContain('a aws:s3:PutObject arn:aws:s3:::ledger/* infra/policy.json#Ledger');
    expect(rows.join('\n')).not.toContain('Put*');
  });

  it('reads the roles of an account, each told to be whose', async () => {
    expect(await dry('aws-iam', 'account.json', '--role', 'clerk=clerk-agent')).toEqual([
      'clerk-agent aws:s3:GetObject * arn:aws:iam::111122223333:role/clerk policy/inline#One',
      'clerk-agent aws:sqs:SendMessage * arn:aws:iam::111122223333:policy/q#One',
    ]);
    const without = await call('grants', 'import', 'aws-iam', 'account.json', '--agent', 'a');
    expect([without.code, without.err]).toEqual([
      1,
      expect.stringContaining('with --role') as unknown,
    ]);
  });

  it('reads the users of an account with what their groups grant, each place named', async () => {
    expect(await dry('aws-iam', 'account.json', '--user', 'ci=deployer')).toEqual([
      'deployer aws:sns:Publish * arn:aws:iam::111122223333:user/ci policy/own#One',
      'deployer aws:s3:ListBucket * arn:aws:iam::111122223333:group/ops policy/read#One',
      'deployer aws:sqs:SendMessage * arn:aws:iam::111122223333:policy/q through arn:aws:iam::111122223333:group/ops#One',
    ]);
    const gone = await call('grants', 'import', 'aws-iam', 'account.json', '--user', 'ann=a');
    expect([gone.code, gone.err]).toEqual([
      1,
      expect.stringContaining('is in the group gone, which account.json does not tell') as unknown,
    ]);
    const none = await call('grants', 'import', 'aws-iam', 'account.json', '--user', 'bob=a');
    expect(none.err).toContain('account.json tells no user bob');
    const bad = await call('grants', 'import', 'aws-iam', 'account.json', '--user', 'bob');
    expect([bad.code, bad.err]).toEqual([
      2,
      expect.stringContaining('--user must be <user>=<agent>, got "bob"') as unknown,
    ]);
  });

  it('reads settings of MCP clients, and no value of a variable or header', async () => {
    expect(await dry('mcp', 'settings.json', '--agent', 'a')).toEqual([
      'a mcp.crm:* * settings.json:4',
      'a tool:Bash git log* settings.json:4',
      'a tool:Write * settings.json:5',
      'a mcp.db:* * settings.json:9',
      'a mcp.mail:search * settings.json:10',
    ]);
  });

  it('reads scopes from a list and from a token’s answer, and no token', async () => {
    expect(await dry('oauth', 'scopes.txt', 'token.json', '--agent', 'a')).toEqual([
      'a oauth:mail:read * scopes.txt:1',
      'a oauth:mail:send * scopes.txt:1',
      'a oauth:calendar:read * scopes.txt:2',
      'a oauth:ledger:read * token.json:4',
      'a oauth:ledger:write * token.json:4',
    ]);
  });

  it('reads a list of scopes without its comments, and files that begin with a byte order mark', async () => {
    const files = [
      ['noted.txt', '# mail:all\r\nmail:read\r\n  # c\r\n'],
      ['marked.json', '["crm:read"]'],
      ['marked-policy.json', POLICY],
    ] as const;
    for (const [name, text] of files)
      await writeFile(join(folder.path, 'repo', name), `\ufeff${text}`);
    expect(await dry('oauth', 'noted.txt', '--agent', 'a')).toEqual([
      'a oauth:mail:read * noted.txt:2',
    ]);
    expect(await dry('json', 'marked.json', '--agent', 'a')).toHaveLength(1);
    const marked = await dry('aws-iam', 'marked-policy.json', '--agent', 'a');
    expect(marked).toContainEqual(expect.stringMatching(/ marked-policy\.json:10$/));
  });

  it('sends nothing where a part is unread, unless it is told to', async () => {
    const argv = ['grants', 'import', 'aws-iam', 'bad.json', 'infra/policy.json', '--agent', 'a'];
    const { code, err } = await call(...argv, '--dry-run');
    expect([code, err]).toEqual([
      1,
      expect.stringContaining('unread: bad.json:1 holds Principal') as unknown,
    ]);
    expect(await dry(...argv.slice(2), '--partial')).toHaveLength(3);
  });

  it.each([
    [['xml', 'a'], 'grants import takes json, aws-iam, mcp, oauth, not "xml"'],
    [['mcp'], 'grants import mcp takes a file'],
    [['mcp', 'settings.json', '--expand'], '--role, --user and --expand are for aws-iam'],
    [['aws-iam', 'account.json', '--role', 'clerk'], '--role must be <role>=<agent>, got "clerk"'],
    [['oauth', 'scopes.txt'], 'the file names no agent; give one with --agent'],
  ])('refuses %j', async (argv, sentence) => {
    expect(await call('grants', 'import', ...argv)).toMatchObject({
      code: 2,
      err: `footprint: ${sentence}\n`,
    });
  });
});

describe('docs/grants.md', () => {
  it('shows commands that run', async () => {
    const text = await readFile(new URL('../../../docs/grants.md', import.meta.url), 'utf8');
    const shell = /```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
    const lines = shell.trim().split('\n');
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      const [, ...argv] = line.split(' ');
      const { code, out } = await call(...argv, '--dry-run');
      expect([line, code, out.length > 10]).toEqual([line, 0, true]);
    }
  });
});

describe('what was imported', () => {
  const data = (): string[] => ['--data', join(folder.path, 'data'), '--port', '0'];

  it('stands in the surface with its place, and its owner in the list of agents', async () => {
    const to = ['--agent', 'ledger', '--environment', 'prod', ...data()];
    expect(await call('grants', 'import', 'aws-iam', 'infra/policy.json', ...to)).toMatchObject({
      code: 0,
      out: 'ledger: 3 permission(s)\n',
    });
    expect((await call('owners', 'import', 'two.csv', ...data())).err).toContain('two owners');
    expect(await call('owners', 'import', 'owners.csv', ...data())).toMatchObject({
      code: 0,
      out: 'ledger (prod): Lovelace, Ada\nmailer (default): grace\n',
    });
    const parts = await openTestParts(folder.path);
    const rows = async <T>(path: string): Promise<T[]> => {
      const answer = await parts.app.request(path, { headers: { host: '127.0.0.1' } });
      return ((await answer.json()) as { rows: T[] }).rows;
    };
    try {
      const surface = await rows<SurfaceRow>('/api/v1/agents/ledger/surface?environment=prod');
      expect(surface.map((row) => `${row.permission} ${row.source_ref.join()}`).sort()).toEqual([
        'aws:dynamodb:GetItem infra/policy.json:10',
        'aws:s3:GetObject infra/policy.json#Ledger',
        'aws:s3:Put* infra/policy.json#Ledger',
      ]);
      expect(await rows('/api/v1/agents?owner=Lovelace%2C%20Ada')).toMatchObject([
        { agent: 'ledger', owner: 'Lovelace, Ada' },
      ]);
      const acts = await parts.control.acts({ workspace: 'default', limit: 2 });
      expect(acts.map(({ action, target }) => `${action} ${target}`)).toEqual([
        'owner.put default mailer',
        'owner.put prod ledger',
      ]);
      const put = (owner: unknown) =>
        parts.app.request('/api/v1/agents/ledger/owner', {
          method: 'PUT',
          headers: { host: '127.0.0.1', 'content-type': 'application/json' },
          body: JSON.stringify({ environment: 'prod', owner }),
        });
      expect((await put(' ')).status).toBe(400);
      expect((await put(CANARIES[0])).status).toBe(400);
      expect((await put(null)).status).toBe(200);
      expect((await put(null)).status).toBe(404);
      expect(await rows('/api/v1/agents?agent=ledger')).toMatchObject([{ owner: null }]);
    } finally {
      await parts.close();
    }
  });
});
