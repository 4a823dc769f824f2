// footprint scan as people run it: on a home folder with settings, transcripts, links, broken files and secrets.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../../server/cli.ts';
import type { AgentReport, Report } from '../../../server/scan/scan.ts';
import { CANARIES, session, write, writeHome } from './home.ts';

let folder = '';
let home = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'footprint-scan-'));
  home = join(folder, 'home');
  await mkdir(home);
  await writeHome(home);
});
afterAll(() => rm(folder, { recursive: true }));

const call = async (...argv: string[]) => callOn({ tty: false }, ...argv);
/** On a terminal the clock moves on, so that each step is drawn. */
const callOn = async ({ tty }: { tty: boolean }, ...argv: string[]) => {
  let now = 0;
  let out = '';
  let err = '';
  const code = await run(['scan', ...argv], {
    out: (text) => void (out += text),
    err: (text) => void (err += text),
    tty,
    now: () => (now += tty ? 200 : 0),
    cwd: folder,
    env: {},
    untilStopped: () => Promise.resolve('SIGTERM'),
  });
  return { code, out, err };
};
const report = async (...argv: string[]): Promise<Report> =>
  JSON.parse((await call(...argv, '--format', 'json')).out) as Report;
const agentOf = (told: Report, agent: string, project: string | null): AgentReport => {
  const found = told.agents.find((one) => one.agent === agent && one.project === project);
  if (found === undefined) throw new Error(`no ${agent} in ${project ?? 'all projects'}`);
  return found;
};
const rules = ({ rules: rows }: AgentReport): unknown[] =>
  rows.map(({ list, rule, state, uses, refused, sessions }) => [
    list,
    rule,
    state,
    uses,
    refused,
    sessions,
  ]);

describe('a scan of a home folder', () => {
  let told: Report;
  beforeAll(async () => {
    told = await report('--home', home);
  });

  it('finds every client and project once, through links and repeated sessions', () => {
    expect(told.agents.map(({ agent, project }) => [agent, project])).toEqual([
      ['claude-code', null],
      ['claude-code', join(home, 'desk')],
      ['claude-desktop', null],
      ['cursor', null],
      ['vscode', null],
    ]);
    expect([told.settings, told.transcripts]).toEqual([8, 2]);
  });

  it('counts each rule in the place where it holds', () => {
    expect(rules(agentOf(told, 'claude-code', null))).toEqual([
      ['allow', 'Bash(git status:*)', 'used', 2, 0, 2],
      ['allow', 'WebFetch', 'used', 1, 0, 1],
      ['allow', 'Read(~/notes/**)', 'unused', 0, 0, 0],
      ['allow', 'Bash(rm:*)', 'unused', 0, 0, 0],
      ['deny', 'Read(./.env)', 'unused', 0, 0, 0],
    ]);
    const desk = agentOf(told, 'claude-code', join(home, 'desk'));
    expect(rules(desk)).toEqual([
      ['allow', 'Bash(make:*)', 'unused', 0, 0, 0],
      ['allow', 'Bash', 'used', 4, 1, 2],
      ['allow', 'mcp__github', 'used', 3, 0, 2],
      ['allow', 'Edit(/src/**)', 'used', 1, 0, 1],
      ['allow', 'Write', 'unused', 0, 1, 0],
      ['allow', 'Frobnicate(a, b)', 'unknown', 0, 0, 0],
      ['ask', 'Bash(git push:*)', 'unused', 0, 1, 0],
      ['deny', 'WebFetch(domain:evil.example)', 'unused', 0, 0, 0],
      [
        'allow',
        'Bash(curl -H "X-Api-Key: [hidden]" https://api.example/[hidden])',
        'unused',
        0,
        0,
        0,
      ],
      ['allow', 'Bash(npm test:*)', 'used', 1, 0, 1],
      ['allow', 'mcp__linear__*', 'unused', 0, 0, 0],
      ['allow', 'Bash(deploy [hidden])', 'unused', 0, 0, 0],
    ]);
    expect(desk.evidence).toEqual({
      uses: 10,
      refused: 2,
      sessions: 2,
      first_at: '2026-03-01T10:00:00.000Z',
      last_at: '2026-03-03T10:00:00.000Z',
    });
    expect(desk.without_rule.map(({ name, uses }) => [name, uses])).toEqual([['Task', 1]]);
    expect(desk.modes).toEqual([
      'defaultMode acceptEdits',
      'enableAllProjectMcpServers: every server of any project starts',
    ]);
  });

  it('gives a list to paste: used rules, broad ones narrowed, denials kept', () => {
    const desk = agentOf(told, 'claude-code', join(home, 'desk'));
    const shared = desk.reduced.find(({ path }) => path.endsWith('.claude/settings.json'));
    expect(shared).toEqual({
      path: join(home, 'desk/.claude/settings.json'),
      setting: 'permissions',
      permissions: {
        allow: [
          'Bash(cat:*)',
          'Bash(git commit:*)',
          'Bash(git status:*)',
          'Bash(npm test:*)',
          'mcp__github__create_issue',
          'mcp__github__list_issues',
          'Edit(/src/**)',
          'Frobnicate(a, b)',
        ],
        ask: ['Bash(git push:*)'],
        deny: ['WebFetch(domain:evil.example)'],
      },
      taken_out: ['Write'],
      narrowed: [
        {
          from: 'Bash',
          to: ['Bash(cat:*)', 'Bash(git commit:*)', 'Bash(git status:*)', 'Bash(npm test:*)'],
        },
        { from: 'mcp__github', to: ['mcp__github__create_issue', 'mcp__github__list_issues'] },
      ],
      not_told: 0,
    });
    expect(desk.reduced[0]).toMatchObject({ setting: 'allowedTools', permissions: { allow: [] } });
    expect(desk.servers_used).toEqual(['github']);
    const [everywhere] = agentOf(told, 'claude-code', null).reduced;
    expect(everywhere?.permissions).toEqual({
      allow: ['Bash(git status:*)', 'WebFetch(domain:docs.example)'],
      deny: ['Read(./.env)'],
    });
    expect(everywhere?.taken_out).toEqual(['Read(~/notes/**)', 'Bash(rm:*)']);
  });

  it('shows servers by name, program or host, and names of what they carry', () => {
    const desk = agentOf(told, 'claude-code', join(home, 'desk'));
    expect(
      desk.servers.map(({ name, transport, runs, carries, state, uses }) => [
        name,
        transport,
        runs,
        carries,
        state,
        uses,
      ]),
    ).toEqual([
      ['github', 'stdio', 'npx', ['GITHUB_TOKEN'], 'used', 3],
      ['linear app', 'http', 'mcp.linear.example', ['Authorization'], 'unused', 0],
    ]);
    // Nobody reads what these clients did, so nothing is said to be unused.
    for (const client of ['claude-desktop', 'cursor', 'vscode']) {
      const { servers, evidence, unseen_share, reduced } = agentOf(told, client, null);
      expect(servers.map(({ state }) => state)).toEqual(['unknown']);
      expect([evidence.sessions, unseen_share, reduced]).toEqual([0, null, []]);
    }
    expect(agentOf(told, 'claude-desktop', null).servers[0]?.auto_approved).toEqual(['read_graph']);
    expect(agentOf(told, 'cursor', null).servers[0]?.disabled).toBe(true);
  });

  it('prints and tells no secret, neither as text nor as JSON', async () => {
    const text = await call('--home', home);
    const json = await call('--home', home, '--format', 'json');
    for (const said of [text.out, text.err, json.out, json.err]) {
      expect(said.length).toBeGreaterThan(0);
      expect(CANARIES.filter((canary) => said.includes(canary))).toEqual([]);
    }
  });

  it('reads well as text, and says what is not sure', async () => {
    const { out, err, code } = await call('--home', home);
    expect(out).toContain(`== claude-code, ${join(home, 'desk')} ==`);
    expect(out).toMatch(/10 use\(s\) in 2 session\(s\), 2026-03-01 to 2026-03-03, 2 refused/);
    expect(out).toContain('may still be in up to 78 % of sessions (95 % confidence)');
    expect(out).toMatch(/allow Bash {2,}4 x, 1 refused {2}2 session\(s\) {3}2026-03-03/);
    expect(out).toContain('taken out  Write\n');
    expect(out).toContain('What it used is not known: its transcripts are not read.');
    // The cut line of the second transcript is a loss that is told.
    expect([code, err]).toEqual([1, expect.stringContaining('has 1 line(s) that are not JSON')]);
  });
});

describe('a scan of given paths', () => {
  it('reads those alone', async () => {
    const told = await report(join(home, 'desk/.mcp.json'), join(home, '.cursor'));
    expect(told.agents.map(({ agent, project }) => [agent, project])).toEqual([
      ['claude-code', join(home, 'desk')],
      ['cursor', home],
    ]);
    expect(told.transcripts).toBe(0);
  });

  it('tells what is wrong with each, without a word of its content', async () => {
    const broken = join(folder, 'broken');
    await write(
      broken,
      '.mcp.json',
      '{"mcpServers": {"a": {"env": {"K": "canary-env-value-8231" "x"}}}}',
    );
    await write(broken, '.claude/settings.json', '');
    await write(broken, 'other.json', '{"name": "canary-env-value-8231"}');
    await mkdir(join(broken, '.cursor/mcp.json'), { recursive: true });
    await symlink(join(broken, 'nowhere'), join(broken, 'dangling.jsonl'));
    await symlink(join(broken, 'self'), join(broken, 'self'));
    const paths = ['.mcp.json', '.claude/settings.json', 'other.json', 'dangling.jsonl', 'self'];
    const all = [...paths, 'missing'].map((path) => join(broken, path));
    const { code, err, out } = await call(...all);
    expect(code).toBe(1);
    expect(err.trim().split('\n').sort()).toEqual(
      [
        `footprint: ${all[3]} does not exist`,
        `footprint: ${all[4]} is a symbolic link that leads to itself`,
        `footprint: ${all[5]} does not exist`,
        `footprint: ${all[0]} is not JSON (line 1)`,
        `footprint: ${all[1]} is not JSON (it ends too early, or holds a stray character)`,
        `footprint: ${all[2]} holds neither MCP servers nor permissions`,
      ].sort(),
    );
    expect(out).toContain('No agent was found in them.');
    expect(err + out).not.toContain('canary');
  });

  it('reads settings of any shape without a fault', async () => {
    const odd = [null, 7, [], { permissions: 7 }, { permissions: { allow: [1, {}, 'Bash'] } }];
    const more = [{ mcpServers: [] }, { mcpServers: { a: null, b: 'x', c: { url: 'no url' } } }];
    const files = [...odd, ...more, { projects: { '/x': 7 } }];
    const paths = await Promise.all(
      files.map((value, index) => write(folder, `odd/${index}/.claude/settings.json`, value)),
    );
    const told = await report(...paths);
    expect(told.problems).toEqual([]);
    expect(told.agents.flatMap(({ rules: rows }) => rows.map(({ rule }) => rule))).toEqual([
      'Bash',
    ]);
  });

  it('reads what Codex has run', async () => {
    const entries = [
      { type: 'session_meta', payload: { id: 'c-1', cwd: '/work/desk' } },
      {
        type: 'response_item',
        payload: call_of('c1', 'shell', { command: ['bash', '-lc', 'git log'] }),
      },
      { type: 'response_item', payload: call_of('c2', 'exec_command', { cmd: 'ls -la' }) },
      { type: 'response_item', payload: { ...call_of('c3', 'shell', {}), arguments: '{"comm' } },
    ];
    const lines = entries.map((one) =>
      JSON.stringify({ timestamp: '2026-03-01T10:00:00Z', ...one }),
    );
    const path = await write(folder, 'codex/rollout.jsonl', lines.join('\n'));
    const agent = agentOf(await report(path), 'codex', '/work/desk');
    expect(agent.without_rule.map(({ name }) => name)).toEqual([
      'Bash (commands that begin with no plain program)',
      'Bash(git log:*)',
      'Bash(ls:*)',
    ]);
  });
  const call_of = (call_id: string, name: string, input: unknown) => ({
    type: 'function_call',
    name,
    call_id,
    arguments: JSON.stringify(input),
  });
});

describe('the command', () => {
  it('refuses a format that it does not know', async () => {
    const { code, err } = await call('--format', 'xml');
    expect([code, err]).toEqual([2, 'footprint: --format must be one of text, json, got "xml"\n']);
  });

  it('draws its progress on a terminal, and wipes it', async () => {
    const { err } = await callOn({ tty: true }, '--home', home);
    expect(err).toMatch(/reading 2 transcript\(s\), 0\.0 MiB\n/);
    expect(err).toMatch(/scan \[#+-*\] \d+ % .* 0 of 2 transcripts/);
    expect(err).toContain('\r\x1b[2Kfootprint: ');
  });

  it('says so where a home folder holds nothing', async () => {
    const empty = join(folder, 'empty');
    await mkdir(empty);
    const { code, out, err } = await call('--home', empty);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('Read 0 settings file(s), 0 transcript(s)');
  });

  it('draws no control characters of a file on the terminal', async () => {
    const text = '{"permissions":{"allow":["Bash(echo \\u001b[2J\\u202e)"]}}';
    await mkdir(join(folder, 'drawn/.claude'), { recursive: true });
    await writeFile(join(folder, 'drawn/.claude/settings.json'), text);
    await write(folder, 'drawn/s.jsonl', session('s', '/x', 0, [{ tool: 'Ba\u001b[2Jsh' }]));
    const { out } = await call(join(folder, 'drawn'));
    // eslint would have control characters spelt: their code points are compared.
    const drawn = [...out].filter((char) => char !== '\n' && char.charCodeAt(0) < 32);
    expect(drawn).toEqual([]);
    expect(out).not.toContain('\u202e');
  });
});
