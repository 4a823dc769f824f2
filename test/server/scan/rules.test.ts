// Permission rules and shell commands, case by case: what a rule covers, what a command is named, what may be said.
import { describe, expect, it } from 'vitest';
import { createMatcher, parseRule } from '../../../server/scan/rules.ts';
import { isSayable, sayable } from '../../../server/scan/sayable.ts';
import { apart, permissionsOf } from '../../../server/scan/scope.ts';
import { nameOfPart, partsOf } from '../../../server/scan/shell.ts';
import { unseenShare } from '../../../server/scan/tally.ts';
import type { Use, UseInput } from '../../../server/scan/transcript.ts';

const use = (tool: string, input: UseInput = {}): Use => ({
  client: 'claude-code',
  tool,
  input,
  session: 's',
  project: '/work/desk',
  cwd: '/work/desk/sub',
  at: null,
  id: null,
  refused: false,
});
const bash = (command: string): Use => use('Bash', { command });
const file = (tool: string, path: string): Use => use(tool, { path });

/** True, false, or null where the rule's form is not understood. */
const covers = (text: string, one: Use): boolean | null => {
  const rule = parseRule(text);
  const matcher = rule && createMatcher(rule, { root: '/work/desk', home: '/home/ada' });
  return matcher === null ? null : matcher(one);
};

describe('a rule', () => {
  it.each<[string, Use, boolean | null]>([
    ['Bash', bash('anything'), true],
    ['Bash(*)', bash('anything'), true],
    ['Bash', use('Read'), false],
    ['Bash(npm run build)', bash('npm run build'), true],
    ['Bash(npm run build)', bash('npm run build --watch'), false],
    ['Bash(npm run test:*)', bash('npm run test'), true],
    ['Bash(npm run test:*)', bash('npm run test -- a.ts'), true],
    ['Bash(npm run test:*)', bash('npm run test:unit'), false],
    ['Bash(ls *)', bash('lsof'), false],
    ['Bash(ls*)', bash('lsof'), true],
    ['Bash(git * main)', bash('git push origin main'), true],
    ['Bash(git * main)', bash('git push origin next'), false],
    ['Bash(npm test:*)', bash('cd sub && npm test | tail -1'), true],
    ['Bash(npm test:*)', bash('timeout 30 npm test'), true],
    ['Bash(npm test:*)', bash('CI=1 npm test'), true],
    ['Bash(rm:*)', bash("echo 'a; rm -rf /'"), false],
    ['Bash(cd sub && npm test)', bash('cd sub && npm test'), true],
    ['Bash(run_in_background:true)', bash('ls'), null],
    ['Read', file('Grep', '/work/desk/a'), true],
    ['Read(src/**)', file('Read', '/work/desk/sub/src/a/b.ts'), true],
    ['Read(./.env)', file('Read', '/work/desk/sub/.env'), true],
    ['Read(*.env)', file('Read', '/work/desk/sub/deep/x.env'), true],
    ['Read(*.env)', file('Read', '/elsewhere/x.env'), false],
    ['Read(//etc/**)', file('Read', '/etc/hosts'), true],
    ['Read(~/notes/*.md)', file('Read', '/home/ada/notes/a.md'), true],
    ['Read(~/notes/*.md)', file('Read', '/home/ada/notes/deep/a.md'), false],
    ['Edit(/src/**)', file('Write', '/work/desk/src/a.ts'), true],
    ['Edit(/src/**)', file('Read', '/work/desk/src/a.ts'), false],
    ['Edit(src)', file('Edit', 'src/a.ts'), true],
    ['Edit', file('NotebookEdit', '/x.ipynb'), true],
    ['Write(docs/**)', file('Write', '/work/desk/docs/a'), null],
    ['WebFetch(domain:docs.example)', use('WebFetch', { host: 'docs.example' }), true],
    ['WebFetch(domain:*.example)', use('WebFetch', { host: 'docs.example' }), true],
    ['WebFetch(domain:docs.example)', use('WebFetch', { host: 'evil.example' }), false],
    ['mcp__github', use('mcp__github__list'), true],
    ['mcp__github', use('mcp__github_two__list'), false],
    ['mcp__github__*', use('mcp__github__list'), true],
    ['mcp__github__list', use('mcp__github__list_all'), false],
    ['Task(Explore)', use('Agent', { agent: 'Explore' }), true],
    ['Agent(model:opus)', use('Agent', { agent: 'Explore' }), null],
    ['Skill(deploy:*)', use('Skill', { skill: 'deploy now' }), true],
    ['Frobnicate(x)', use('Frobnicate'), null],
    ['(((', use('Bash'), null],
  ])('%s on %o: %s', (rule, one, expected) => {
    expect(covers(rule, one)).toBe(expected);
  });

  it('for a joined command in full covers each part of it', () => {
    const [first, second] = apart(bash('cd sub && npm test'));
    const rule = 'Bash(cd sub && npm test)';
    expect([first, second].map((part) => part && covers(rule, part))).toEqual([true, true]);
  });
});

describe('a command', () => {
  it.each([
    ['git status', ['git status']],
    ['git status && npm run build; ls -la | wc -l', ['git status', 'npm run build', 'ls', 'wc']],
    ['npm test 2>&1 | tail', ['npm test', 'tail']],
    ['npm test &> out & sleep 1', ['npm test', 'sleep']],
    ["git commit -m 'one; two && three'", ['git commit']],
    ['echo "a \\" ; rm x"', ['echo']],
    ['FOO=1 BAR="two words; x" node a.js', ['node']],
    ["PASS='a hunter2 b' ./deploy.sh now", ['./deploy.sh']],
    ['timeout -k 5 30 npm test', ['npm test']],
    ['for f in a b; do wc $f; done', [null, 'wc', null]],
    ['if true; then make all; fi', ['true', 'make all', null]],
    ["cat <<'EOF' > x\nhunter2 is; the password\nEOF", ['cat']],
    ['docker compose up -d', ['docker compose up']],
    ['npx vitest run', ['npx vitest']],
    ['git -C /x status', ['git']],
    ['mysql hunter2', ['mysql']],
    ['$(curl x)', [null]],
    ['# a remark', [null]],
    ['', []],
  ])('%j is named %j', (command, names) => {
    expect(partsOf(command).map(nameOfPart)).toEqual(names);
  });

  it('asks for the narrowest rules that read well', () => {
    expect(permissionsOf(bash('git status && git status -s && ls'))).toEqual([
      'Bash(git status:*)',
      'Bash(ls:*)',
    ]);
    expect(permissionsOf(bash(''))).toEqual([null]);
    expect(permissionsOf(use('Bash'))).toEqual([null]);
  });
});

describe('what is said', () => {
  it.each([
    'Bash(git status:*)',
    'Bash(npm run auth:*)',
    'Bash(npm run test:unit)',
    'Bash(find . -path x)',
    'Bash(mkdir -p a/b)',
    'mcp__context7__resolve-library-id',
    'mcp__claude_ai_Google_Calendar__list_events',
    'WebFetch(domain:auth0.example.com)',
    'Read(//home/ada/project-2026/**)',
    'Edit(/src/**)',
  ])('%s may be said whole', (text) => {
    expect([sayable(text), isSayable(text)]).toEqual([text, true]);
  });

  it.each([
    'Bash(curl -H "Authorization: Bearer SECRETsecret1SECRET" x)',
    'Bash(curl -H "X-Api-Key: SECRETsecret1SECRET" x)',
    'Bash(curl -u ada:SECRETsecret1SECRET x)',
    'Bash(gh auth login --with-token SECRETsecret1SECRET)',
    'Bash(cmd --password=SECRETsecret1SECRET)',
    "Bash(cmd --api-key 'SECRETsecret1SECRET')",
    'Bash(export DB_PASSWORD=SECRETsecret1SECRET)',
    'Bash(API_TOKEN="SECRETsecret1SECRET" node x)',
    'Bash(mysql -u root -pSECRETsecret1SECRET db)',
    'Bash(psql postgres://ada:SECRETsecret1SECRET@db/x)',
    'Bash(curl https://x.example/hooks/SECRETsecret1SECRET)',
    'Bash(curl https://x.example?key=SECRETsecret1SECRET)',
    'Bash(login SECRETsecret1SECRETsecret2)',
  ])('%s is not', (text) => {
    expect(sayable(text)).not.toContain('SECRET');
    expect(isSayable(text)).toBe(false);
  });
});

it('knows what n sessions without a use prove', () => {
  expect([0, 1, 59, 299].map((n) => Number(unseenShare(n).toFixed(3)))).toEqual([
    1, 0.95, 0.05, 0.01,
  ]);
});
