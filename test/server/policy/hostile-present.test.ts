// Present policies that tools and attackers write: nested without end, full of aliases, marked, with the same key twice.
import { describe, expect, it } from 'vitest';
import { openJson } from '../../../server/policy/jsonc.ts';
import { policyOutput } from '../../../server/policy/formats.ts';
import type { FormatName } from '../../../server/policy/types.ts';
import { deskInput, taken } from './edits.ts';

const NAMES = { aws: 'aws:s3:', mcp: 'mcp.files:', oauth: 'oauth:', rego: 'crm:', cerbos: 'crm:' };
const edited = async (format: FormatName & keyof typeof NAMES, text: string) => {
  const [kept, gone] = ['GetObject', 'PutObject'].map((name) => NAMES[format] + name);
  return policyOutput(format, deskInput([kept ?? ''], [gone ?? '']), { name: 'p', text });
};

const list = '[x,x,x,x,x,x,x,x,x]';
const nine = Array.from({ length: 9 }, (_, at) => String.fromCharCode(98 + at));
const BOMB = `a: &a ${list}\n${nine
  .map((name) => {
    const before = `*${String.fromCharCode(name.charCodeAt(0) - 1)}`;
    return `${name}: &${name} [${Array(9).fill(before).join(', ')}]\n`;
  })
  .join('')}`;

describe('a present policy', () => {
  it.each([
    ['aws', '['.repeat(100_000), 'nested deeper'],
    ['mcp', '{"a":'.repeat(100_000), 'nested deeper'],
    ['rego', '['.repeat(100_000), 'no JSON'],
    ['cerbos', BOMB, 'aliases stand for too much'],
    ['cerbos', '['.repeat(2_000_000), 'nested too deep'],
    ['cerbos', '- '.repeat(1_000_000), 'nested too deep'],
  ] as const)(
    'of %s that is a trap is not changed, and a note says why',
    async (format, text, why) => {
      const out = await edited(format, text);
      expect(out.diff).toBeNull();
      expect(out.notes[0]).toContain(why);
    },
  );

  it.each([
    [
      'aws',
      '{"Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"*"}]}',
      '{"Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"*"}]}',
    ],
    [
      'mcp',
      '{"permissions":{"allow":["mcp__files__GetObject","mcp__files__PutObject"]}}',
      '{"permissions":{"allow":["mcp__files__GetObject"]}}',
    ],
    ['rego', '{"desk":["crm:GetObject","crm:PutObject"]}', '{"desk":["crm:GetObject"]}'],
    ['oauth', 'PutObject GetObject\n', 'GetObject\n'],
  ] as const)('of %s keeps its byte order mark', async (format, text, due) => {
    const out = await edited(format, `\ufeff${text}`);
    expect(out.files[0]?.text).toBe(`\ufeff${due}`);
    expect(out.diff).not.toBeNull();
  });

  it('of AWS is refused where IAM cannot name what stays', async () => {
    const held = [
      { permission: 'aws:s3:GetObject', resource_pattern: 'arn:aws:s3:::b/x' },
      { permission: 'aws:s3:*', resource_pattern: 's3/arn' },
    ];
    const text = '{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}';
    const input = deskInput(held, [taken('aws:s3:*')]);
    const out = await policyOutput('aws', input, { name: 'p.json', text });
    expect(out.diff).toBeNull();
    expect(out.notes[0]).toContain('IAM cannot name');
  });
});

describe('a JSON file', () => {
  it('whose text does not follow what is asked of it is refused', () => {
    const file = openJson('{"a":[1,2]}');
    if ('refused' in file) throw new Error(file.refused);
    file.remove(['a', 0]);
    file.set(['b', 'c'], [3]);
    file.push(['b', 'c'], { d: 4 });
    const done = file.edit(['said']);
    if ('refused' in done) throw new Error(done.refused);
    expect(JSON.parse(done.text)).toEqual({ a: [2], b: { c: [3, { d: 4 }] } });
    // No place of the text is there to be taken out, but the list is shorter.
    file.remove(['a', 7]);
    file.remove(['a', -1]);
    expect(file.edit([])).toMatchObject({ refused: expect.any(String) as string });
  });
});
