// A resource pattern narrowed to what was used: real engines must allow every use of the history with it.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyOutput } from '../../server/policy/formats.ts';
import type { PolicyInput } from '../../server/policy/types.ts';
import { findBinary, installed } from '../collector/integrations/engines.ts';
import { awsAllows } from '../server/policy/aws.ts';
import { openDatabase, type Database } from './questions/database.ts';
import type { Given } from './questions/rows.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase();
});
afterAll(() => database.close());

const UNTIL = Date.parse('2026-10-30T00:00:00Z');
const HOUR = 3_600_000;
const SESSIONS = 80;
const READ = 'aws:s3:GetObject';
const at = (hours: number, seconds = 0): string =>
  new Date(UNTIL - hours * HOUR + seconds * 1000).toISOString();

interface Resource {
  type: string;
  id: string;
}

const toGiven = (pattern: string, used: readonly Resource[]): Given => {
  const all = Array.from({ length: SESSIONS }, (_, i) => i);
  const begins = (i: number): number => 24 * 0.9 * (SESSIONS - i);
  return {
    session_parts: all.map((i) => ({
      session: `s${i}`,
      started_at: at(begins(i)),
      last_span_at: at(begins(i), 60),
    })),
    surfaces: [{ surface_hash: 'h', permission: READ, resource_pattern: pattern }],
    grants: [
      {
        kind: 'import',
        session: '',
        source: 'roles',
        source_ref: 'r',
        surface_hash: 'h',
        granted_at: at(100 * 24),
      },
    ],
    permission_uses: all.flatMap((i) =>
      used.map(({ type, id }) => ({
        session: `s${i}`,
        permission: READ,
        resource_type: type,
        resource_id: id,
        first_used_at: at(begins(i), 30),
        last_used_at: at(begins(i), 30),
      })),
    ),
  };
};

/** What is proposed, and what its replay says. */
const narrowed = async (pattern: string, used: readonly Resource[]) => {
  await database.clear();
  await database.fill(toGiven(pattern, used));
  const rows = (await database.ask('recommendations')) as Record<string, unknown>[];
  const row = rows.find(({ kind }) => kind === 'narrow_resource');
  return row === undefined ? null : (row['proposed'] as string[]);
};
const replay = async (pattern: string, proposed: readonly string[]) => {
  const params = {
    agent: 'a',
    environment: 'default',
    kind: 'narrow_resource',
    permission: READ,
    resource_pattern: pattern,
    proposed,
  };
  return (await database.ask('replay_summary', params as never))[0];
};

const inputOf = (pattern: string, proposed: readonly string[]): PolicyInput => ({
  agent: 'a',
  environment: 'default',
  made_at: '2026-10-30T00:00:00Z',
  held: proposed.map((one) => ({ permission: READ, resource_pattern: one })),
  changes: [
    {
      permission: READ,
      resource_pattern: pattern,
      recommendation: 'r',
      kind: 'narrow_resource',
      evidence: 'e',
    },
  ],
});

const fits = (pattern: string, text: string): boolean =>
  pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : pattern === text;

/** How an engine that holds the pattern was asked: in the first spelling that it allows. */
const asked = (pattern: string, { type, id }: Resource): string => {
  const whole = type === '' || /^arn:|[/\\]/.test(id) || id.startsWith(`${type}:`);
  if (pattern === '*') return whole ? id : `${type}/${id}`;
  return [id, `${type}/${id}`, `${type}:${id}`].find((one) => fits(pattern, one)) ?? id;
};

const PATTERNS = ['*', 'doc/*', 'doc:*', 'd*', 'arn:aws:s3:::b/*', '/srv/*'];
const resources = fc.record({
  type: fc.constantFrom('', 'doc', 's3', 'file'),
  id: fc.constantFrom('1', 'd2', 'doc/1', 'doc:3', 'arn:aws:s3:::b/k', '/srv/a', 'x/y', 'a\\b'),
});
const opa = findBinary('opa');

describe('a resource pattern narrowed to what was used', () => {
  it.each([
    ['doc/*', { type: 'doc', id: 'doc/1' }, 'doc/1'],
    ['doc/*', { type: 'doc', id: '1' }, 'doc/1'],
    ['doc:*', { type: 'doc', id: '1' }, 'doc:1'],
    ['*', { type: 'doc', id: '1' }, 'doc/1'],
    ['*', { type: 's3', id: 'arn:aws:s3:::b/k' }, 'arn:aws:s3:::b/k'],
    ['arn:aws:s3:::b/*', { type: 's3', id: 'arn:aws:s3:::b/k' }, 'arn:aws:s3:::b/k'],
  ])('%s speaks of its resources as before', async (pattern, used, due) => {
    expect(await narrowed(pattern, [used])).toEqual([due]);
    expect(await replay(pattern, [due])).toMatchObject({ calls_lost: 0 });
  });

  it('in another spelling loses what an engine would deny', async () => {
    await database.clear();
    await database.fill(toGiven('doc/*', [{ type: 'doc', id: 'doc/1' }]));
    expect(await replay('doc/*', ['doc/doc/1'])).toMatchObject({ calls_lost: SESSIONS });
  });

  it.skipIf(opa === undefined)('still allows every use, says a real OPA', async () => {
    const cases: { text: string; module: string; uses: string[] }[] = [];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...PATTERNS),
        fc.array(resources, { minLength: 1, maxLength: 4 }),
        async (pattern, all) => {
          const used = all.filter((one) => pattern === '*' || fits(pattern, asked(pattern, one)));
          const proposed = used.length === 0 ? null : await narrowed(pattern, used);
          if (proposed === null) return;
          expect(await replay(pattern, proposed)).toMatchObject({
            calls_lost: 0,
            calls_unknown: 0,
          });
          const { files } = await policyOutput('rego', inputOf(pattern, proposed));
          const uses = used.map((one) => asked(pattern, one));
          cases.push({ module: files[0]?.text ?? '', text: files[1]?.text ?? '', uses });
        },
      ),
      { numRuns: 24, seed: 20_261_127 },
    );
    expect(cases.length).toBeGreaterThan(8);
    const folder = await mkdtemp(join(tmpdir(), 'footprint-narrowed-'));
    try {
      const batch = cases.map(({ text, uses }) => ({
        agents: (JSON.parse(text) as { footprint: { agents: unknown } }).footprint.agents,
        asked: uses.map((id) => ({
          subject: { type: 'agent', id: 'a' },
          action: { name: READ },
          resource: { type: 'any', id },
          context: {},
        })),
      }));
      await writeFile(join(folder, 'policy.rego'), cases[0]?.module ?? '');
      await writeFile(join(folder, 'data.json'), JSON.stringify({ cases: batch }));
      const rego = join(import.meta.dirname, '../server/policy/batch.rego');
      await copyFile(rego, join(folder, 'batch.rego'));
      const args = ['eval', '--strict', '-d', folder, '--format', 'raw', 'data.batch.answers'];
      const done = spawnSync(opa ?? '', args, { encoding: 'utf8' });
      const answers = JSON.parse(done.stdout) as { allow: boolean }[][];
      expect(answers.map((row) => row.map(({ allow }) => allow))).toEqual(
        cases.map(({ uses }) => uses.map(() => true)),
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.skipIf(!installed)('still allows every use by AWS, written anew and changed', async () => {
    const pattern = 'arn:aws:s3:::b/*';
    const id = 'arn:aws:s3:::b/k';
    const input = inputOf(pattern, (await narrowed(pattern, [{ type: 's3', id }])) ?? []);
    const Statement = [{ Effect: 'Allow', Action: 's3:GetObject', Resource: pattern }];
    const present = { name: 'p.json', text: JSON.stringify({ Version: '2012-10-17', Statement }) };
    for (const given of [undefined, present]) {
      const [file] = (await policyOutput('aws', input, given)).files;
      expect(await awsAllows([file?.text ?? ''], 's3:GetObject', id)).toBe(true);
      expect(await awsAllows([file?.text ?? ''], 's3:GetObject', 'arn:aws:s3:::b/z')).toBe(false);
    }
  });
});
