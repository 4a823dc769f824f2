// What policy output writes, read again: the same permissions, for AWS, MCP and OAuth.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAws } from '../../../server/grants/aws_file.ts';
import { readMcp } from '../../../server/grants/mcp.ts';
import { readScopeJson } from '../../../server/grants/oauth.ts';
import type { Reading } from '../../../server/grants/types.ts';
import { policyOutput } from '../../../server/policy/formats.ts';
import { covers } from '../../../server/policy/pattern.ts';
import type { FormatName, Held } from '../../../server/policy/types.ts';

const written = async (format: FormatName, held: Held[], file: string): Promise<string> => {
  const input = {
    agent: 'a',
    environment: 'e',
    made_at: '2026-10-01T00:00:00Z',
    held,
    changes: [],
  };
  const { files } = await policyOutput(format, input);
  return files.find(({ name }) => name === file)?.text ?? '';
};
const heldOf = (permissions: string[], resources: fc.Arbitrary<string>) =>
  fc.uniqueArray(
    fc.record({ permission: fc.constantFrom(...permissions), resource_pattern: resources }),
    { selector: (one) => `${one.permission} ${one.resource_pattern}`, minLength: 1, maxLength: 6 },
  );
const keys = (all: readonly { permission: string; resource_pattern: string }[]): string[] =>
  [...new Set(all.map((one) => `${one.permission} ${one.resource_pattern}`))].sort();
const RUNS = { numRuns: 60 };

describe('policy output, read again, grants the same', () => {
  it('for AWS: each action of a wildcard, and no other', async () => {
    const actions = [
      's3:GetObject',
      's3:PutObject',
      's3:Get*',
      'sqs:SendMessage',
      'dynamodb:*Item',
    ];
    const resources = fc.constantFrom('*', 'arn:aws:s3:::ledger/*', 'arn:aws:s3:::a?b/${x}');
    const held = heldOf(
      actions.map((one) => `aws:${one}`),
      resources,
    );
    await fc.assert(
      fc.asyncProperty(held, async (given) => {
        const text = await written('aws', given, 'policy.json');
        const nobody = new Map<string, string>();
        const options = { place: 'p', roles: nobody, users: nobody, written_out: false };
        const [reading] = await readAws(JSON.parse(text) as unknown, text, options);
        expect(reading?.problems).toEqual([]);
        const granted = reading?.granted ?? [];
        const same = (one: Held, other: Held): boolean =>
          one.resource_pattern === other.resource_pattern &&
          covers(one.permission, other.permission);
        expect(granted.filter((one) => !given.some((wide) => same(wide, one)))).toEqual([]);
        expect(given.filter((wide) => !granted.some((one) => same(wide, one)))).toEqual([]);
        const plain = given.filter(({ permission }) => !permission.includes('*'));
        expect(keys(granted)).toEqual(expect.arrayContaining(keys(plain)));
      }),
      RUNS,
    );
  }, 60_000);

  it('for MCP settings', async () => {
    const held = heldOf(
      ['mcp.files:read', 'mcp.files:*', 'mcp.crm:get_lead', 'tool:Read'],
      fc.constant('*'),
    );
    await fc.assert(
      fc.asyncProperty(held, async (given) => {
        const text = await written('mcp', given, 'settings.json');
        const reading: Reading = readMcp(JSON.parse(text), text, 'settings.json');
        expect([keys(reading.granted), reading.problems]).toEqual([keys(given), []]);
      }),
      RUNS,
    );
  });

  it('for OAuth, with the resources of its requests', async () => {
    const resources = fc.constantFrom('*', 'https://api.example/ledger');
    const held = heldOf(['oauth:a:read', 'oauth:a:write', 'oauth:openid'], resources);
    await fc.assert(
      fc.asyncProperty(held, async (given) => {
        const text = await written('oauth', given, 'requests.json');
        const reading = readScopeJson(JSON.parse(text), text, 'requests.json');
        expect([keys(reading.granted), reading.problems]).toEqual([keys(given), []]);
      }),
      RUNS,
    );
  });
});
