// A home folder as MCP clients and agents leave it, small, with a secret wherever people put one.
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** Planted in settings, commands and transcripts; none may be printed. */
export const CANARIES = [
  'ghp_canaryCANARYcanaryCANARY0123456789abc',
  'canary-env-value-8231',
  'canary-header-value-1177',
  'canary-arg-token-5521',
  'canary-url-key-9904',
  'canary-password-hunter',
  'canary-oauth-account-77',
  'canary-prompt-text-4410',
  'canary-file-content-6652',
  'canary-heredoc-3318',
  'canaryinrule2718281828459',
];

type Json = Record<string, unknown>;

export const write = async (folder: string, file: string, content: unknown): Promise<string> => {
  const path = join(folder, file);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return path;
};

let calls = 0;
const DAY = 86_400_000;
const START = Date.parse('2026-03-01T10:00:00Z');

export interface Call {
  tool: string;
  input?: Json;
  /** What came back, where it is an error. */
  error?: string;
}

/** The records that Claude Code writes of one session, a prompt and calls with their results. */
export const session = (id: string, cwd: string, day: number, list: readonly Call[]): string => {
  const common = (extra: Json): string => {
    const timestamp = new Date(START + day * DAY).toISOString();
    const shape = { parentUuid: null, isSidechain: false, userType: 'external', version: '2.1.12' };
    return JSON.stringify({ ...shape, cwd, sessionId: id, gitBranch: 'main', timestamp, ...extra });
  };
  const lines = [
    JSON.stringify({ type: 'summary', summary: 'A session', leafUuid: 'x' }),
    common({ type: 'user', message: { role: 'user', content: 'say canary-prompt-text-4410' } }),
  ];
  for (const { tool, input = {}, error } of list) {
    calls += 1;
    const call = `toolu_${String(calls).padStart(6, '0')}`;
    const use = { type: 'tool_use', id: call, name: tool, input };
    const content = [{ type: 'text', text: 'I will.' }, use];
    lines.push(common({ type: 'assistant', message: { role: 'assistant', model: 'm', content } }));
    const told = error ?? 'done canary-file-content-6652';
    const result = { tool_use_id: call, type: 'tool_result', content: told };
    const failed = error === undefined ? result : { ...result, is_error: true };
    lines.push(common({ type: 'user', message: { role: 'user', content: [failed] } }));
  }
  return `${lines.join('\n')}\n`;
};

export const REJECTED =
  "The user doesn't want to proceed with this tool use. The tool use was rejected (eg. if it was a file edit, the new_string was NOT written to the file).";

const bash = (command: string, error?: string): Call => ({
  tool: 'Bash',
  input: { command, description: 'runs it' },
  ...(error === undefined ? {} : { error }),
});

/** Everything that a scan without arguments reads, in `home`; the project is `home/desk`. */
export const writeHome = async (home: string): Promise<void> => {
  const desk = join(home, 'desk');
  await write(home, '.claude/settings.json', {
    $schema: 'https://json.schemastore.org/claude-code-settings.json',
    env: { API_TOKEN: 'canary-env-value-8231' },
    permissions: {
      allow: ['Bash(git status:*)', 'WebFetch', 'Read(~/notes/**)', 'Bash(rm:*)'],
      deny: ['Read(./.env)'],
    },
  });
  await write(desk, '.claude/settings.json', {
    permissions: {
      allow: ['Bash', 'mcp__github', 'Edit(/src/**)', 'Write', 'Frobnicate(a, b)'],
      ask: ['Bash(git push:*)'],
      deny: ['WebFetch(domain:evil.example)'],
      defaultMode: 'acceptEdits',
    },
    enableAllProjectMcpServers: true,
  });
  await write(desk, '.claude/settings.local.json', {
    permissions: {
      allow: [
        'Bash(curl -H "X-Api-Key: canary-header-value-1177" https://api.example/v1:*)',
        'Bash(npm test:*)',
        'mcp__linear__*',
        'Bash(deploy canaryinrule2718281828459)',
      ],
    },
  });
  await write(desk, '.mcp.json', {
    mcpServers: {
      github: {
        type: 'stdio',
        command: '/opt/bin/npx',
        args: ['-y', '@x/server-github', '--token=canary-arg-token-5521'],
        env: { GITHUB_TOKEN: 'ghp_canaryCANARYcanaryCANARY0123456789abc' },
      },
      'linear app': {
        type: 'http',
        url: 'https://user:canary-password-hunter@mcp.linear.example/canary-url-key-9904?key=1',
        headers: { Authorization: 'Bearer canary-header-value-1177' },
      },
    },
  });
  await write(home, '.claude.json', {
    numStartups: 7,
    oauthAccount: { emailAddress: 'canary-oauth-account-77' },
    primaryApiKey: 'canary-env-value-8231',
    mcpServers: {
      slack: { command: 'npx', args: ['slack'], env: { SLACK: 'canary-env-value-8231' } },
    },
    projects: { [desk]: { allowedTools: ['Bash(make:*)'], mcpServers: {} } },
  });
  await write(
    home,
    '.config/Code/User/mcp.json',
    `{
  // Comments and trailing commas are allowed here.
  "inputs": [{ "type": "promptString", "id": "key", "password": true }],
  "servers": { "files": { "type": "stdio", "command": "node", "env": { "KEY": "canary-env-value-8231", }, }, },
}`,
  );
  await write(home, '.config/Claude/claude_desktop_config.json', {
    mcpServers: { memory: { command: 'npx', args: ['m'], alwaysAllow: ['read_graph'] } },
  });
  await write(home, '.cursor/mcp.json', {
    mcpServers: { search: { url: 'https://search.example/mcp', disabled: true } },
  });

  const transcripts = join(home, '.claude/projects/-home-desk');
  const first = session('s-1', desk, 0, [
    bash('git status && npm test -- --token canary-arg-token-5521'),
    bash("PASS='a canary-password-hunter b' git commit -m 'wip; rm -rf /'"),
    {
      tool: 'Edit',
      input: { file_path: join(desk, 'src/a.ts'), new_string: 'canary-file-content-6652' },
    },
    { tool: 'mcp__github__create_issue', input: { title: 'canary-prompt-text-4410' } },
    {
      tool: 'WebFetch',
      input: { url: 'https://docs.example/a?token=canary-url-key-9904', prompt: 'x' },
    },
  ]);
  await write(transcripts, 's-1.jsonl', first);
  const second = session('s-2', desk, 2, [
    bash("cat <<'EOF' > note\ncanary-heredoc-3318\nEOF"),
    bash('git push origin main', REJECTED),
    bash('git status'),
    { tool: 'mcp__github__create_issue' },
    { tool: 'mcp__github__list_issues' },
    {
      tool: 'Write',
      input: { file_path: '/etc/hosts', content: 'canary-file-content-6652' },
      error: REJECTED,
    },
    { tool: 'Task', input: { subagent_type: 'Explore', prompt: 'canary-prompt-text-4410' } },
  ]);
  // A resumed session repeats the one before it, and a crash cuts the last line.
  await write(
    transcripts,
    's-2.jsonl',
    `${first}${second}{"type":"assistant","message":{"content":[{"type":"tool_use","na`,
  );
  await symlink(transcripts, join(home, '.claude/projects/again'));
  await symlink(join(home, '.claude/projects'), join(transcripts, 'loop'));
};
