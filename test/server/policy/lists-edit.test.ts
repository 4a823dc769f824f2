// Present settings of MCP clients, scope lists and data of Rego: changed in place, and read back as their readers do.
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { createMatcher, parseRule } from '../../../server/scan/rules.ts';
import { findBinary } from '../../collector/integrations/engines.ts';
import { deskInput } from './edits.ts';

const SETTINGS = `{
  // Reviewed by Ana.
  "permissions": {
    "allow": [
      "mcp__files__read", // often
      "mcp__files__delete",
      "mcp__mail", // all of it
      "Bash(npm test:*)",
    ],
  },
  "mcpServers": { "files": { "command": "files", "alwaysAllow": ["read", "delete"] } },
}
`;
type Verdict = 'allow' | 'ask' | 'deny';

/** What Claude Code does with a call: a rule that denies comes first, then one that asks, then one that allows. */
const verdict = (text: string, tool: string): Verdict => {
  const bare = text.replace(/\/\/.*$/gm, '').replace(/,(\s*[\]}])/g, '$1');
  const { permissions } = JSON.parse(bare) as { permissions: Partial<Record<Verdict, string[]>> };
  const fits = (list: Verdict): boolean =>
    (permissions[list] ?? []).some((rule) => {
      const parsed = parseRule(rule);
      const covers = parsed && createMatcher(parsed, { root: '/', home: '/' });
      return covers?.({ tool, input: {}, cwd: '/', at: 0, refused: false } as never) ?? false;
    });
  if (fits('deny')) return 'deny';
  return !fits('ask') && fits('allow') ? 'allow' : 'ask';
};

describe('present settings of an MCP client', () => {
  it('lose a tool, and deny or ask for what a wider rule allows', async () => {
    const ask = [{ permission: 'mcp.mail:send', resource_pattern: '*', ask_first: 'single' }];
    const changes = ['mcp.files:delete', 'mcp.mail:purge', 'mcp.mail:send'];
    const input = deskInput(['mcp.files:read', ...ask], changes);
    const out = await policyOutput('mcp', input, { name: 'settings.json', text: SETTINGS });
    const text = out.files[0]?.text ?? '';
    const tools = [
      'mcp__files__read',
      'mcp__files__delete',
      'mcp__mail__purge',
      'mcp__mail__send',
      'mcp__mail__list',
    ];
    expect(tools.map((tool) => verdict(text, tool))).toEqual([
      'allow',
      'ask',
      'deny',
      'ask',
      'allow',
    ]);
    expect(text).toContain('"alwaysAllow": ["read"]');
    expect(out.diff).toMatchSnapshot();
  });

  it('written anew allow what is held, deny what is taken out and ask for what has a condition', async () => {
    const ask = { permission: 'mcp.files:move', resource_pattern: '*', ask_first: 'single' };
    const out = await policyOutput(
      'mcp',
      deskInput(['mcp.files:*', ask, 'tool:Read', 'crm:read'], ['mcp.files:delete']),
    );
    const text = out.files[0]?.text ?? '';
    const tools = ['mcp__files__read', 'mcp__files__delete', 'mcp__files__move', 'Read', 'Write'];
    expect(tools.map((tool) => verdict(text, tool))).toEqual([
      'allow',
      'deny',
      'ask',
      'allow',
      'ask',
    ]);
    expect(out.notes.join('\n')).toContain(
      'Left out, since this format is not for them: `crm:read`.',
    );
  });

  it('are asked for where two names are spelt alike', async () => {
    const out = await policyOutput('mcp', deskInput(['mcp.a b:x'], ['mcp.a_b:x']));
    expect(verdict(out.files[0]?.text ?? '', 'mcp__a_b__x')).toBe('ask');
  });
});

describe('a present list of scopes', () => {
  it.each([
    ['on a line', 'openid calendar.read mail.send\n', 'openid calendar.read\n'],
    ['on lines', '# desk\nopenid\nmail.send\ncalendar.read\n', '# desk\nopenid\ncalendar.read\n'],
  ])('%s loses a scope', async (_, text, due) => {
    const input = deskInput(['oauth:calendar.read'], ['oauth:mail.send']);
    const out = await policyOutput('oauth', input, { name: 'scopes.txt', text });
    expect(out.files[0]?.text).toBe(due);
  });

  it('is written anew with what a scope can say alone', async () => {
    const held = [
      'oauth:calendar.read',
      'oauth:a"b c\n',
      { permission: 'oauth:mail.read', resource_pattern: 'https://mail.example/' },
      { permission: 'oauth:mail.send', resource_pattern: '*', just_in_time: true },
    ];
    const out = await policyOutput('oauth', deskInput(held, []));
    expect(out.files.map(({ text }) => text)).toEqual([
      'calendar.read\n',
      `${JSON.stringify(
        {
          standing: [
            { scope: 'calendar.read' },
            { resource: 'https://mail.example/', scope: 'mail.read' },
          ],
          on_request: [{ scope: 'mail.send' }],
        },
        null,
        2,
      )}\n`,
    ]);
    expect(out.notes[0]).toContain('oauth:a"b c\\u{a}');
  });
});

const opa = findBinary('opa');
const READER = `package team
allow if data.agents[input.agent].may[_] == input.action
`;

describe.skipIf(opa === undefined)(
  'present data of Rego (skipped where Go has not built OPA)',
  () => {
    it("loses a name from the agent's list, as the module that reads it sees", async () => {
      const text =
        '{\n  "agents": {\n    "desk": { "may": ["crm:read", "crm:delete"] },\n    "other": { "may": [] }\n  }\n}\n';
      const input = deskInput(['crm:read'], ['crm:delete']);
      const out = await policyOutput('rego', input, { name: 'data.json', text });
      expect(out.diff).toMatchSnapshot();
      const folder = await mkdtemp(join(tmpdir(), 'footprint-rego-'));
      await writeFile(join(folder, 'team.rego'), READER);
      await writeFile(join(folder, 'data.json'), out.files[0]?.text ?? '');
      const query =
        '[a | some a in ["crm:read", "crm:delete"]; data.team.allow with input as {"agent": "desk", "action": a}]';
      const done = spawnSync(opa ?? '', ['eval', '-d', folder, '--format', 'raw', query], {
        encoding: 'utf8',
      });
      await rm(folder, { recursive: true });
      expect(done.stdout.trim()).toBe('["crm:read"]');
    });

    it('is refused where others hold it by the same list', async () => {
      const text = '{"roles":{"agent":["crm:read","crm:delete"]}}';
      const out = await policyOutput('rego', deskInput(['crm:read'], ['crm:delete']), {
        name: 'data.json',
        text,
      });
      expect(out.diff).toBeNull();
      expect(out.notes[0]).toContain("outside what stands below the agent's name");
    });
  },
);
