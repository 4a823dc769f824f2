// AWS output: evaluated by iam-simulate; wildcards compared with iam-expand, another reading of the same catalogue.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expand } from '../../../server/policy/aws_actions.ts';
import { policyOutput } from '../../../server/policy/formats.ts';
import { installed, load } from '../../collector/integrations/engines.ts';
import { awsAllows } from './aws.ts';
import { cases, due } from './cases.ts';

interface Expander {
  expandIamActions: (action: string) => Promise<string[]>;
}

/** Objects of S3 may have nearly any name. */
const keys = fc
  .array(
    fc.constantFrom('a', 'b/c', '?', '$', '{', '}', '${aws:username}', '"', '\\', 'é', '😀', ' '),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((all) => `arn:aws:s3:::bucket/${all.join('')}`);
const actions = fc.constantFrom(
  'GetObject',
  'GetObjectAcl',
  'PutObject',
  'DeleteObject',
  'PutObjectAcl',
);

describe.skipIf(!installed)('aws (skipped where test/engines/policy is not installed)', () => {
  it('allows exactly what is held, whatever the resources', async () => {
    const shape = { systems: fc.constant('aws:s3'), actions, resources: keys };
    await fc.assert(
      fc.asyncProperty(cases({ ...shape, conditions: false }), async ({ input, asked }) => {
        const held = input.held.filter(sayable);
        const changes = input.changes.filter(sayable);
        const told = { ...input, held, changes };
        const { files } = await policyOutput('aws', told);
        const questions = asked.filter(({ resource }) => resource.startsWith('arn:'));
        for (const one of questions) {
          const policies = files.map(({ text }) => text);
          const answer = await awsAllows(policies, one.permission.slice(4), one.resource);
          expect({ one, answer }).toEqual({ one, answer: due(told, one) });
        }
      }),
      { numRuns: 150 },
    );
  });

  it.each(['s3:Get*', 's3:*', 'sqs:*', 'dynamodb:*Item', 'iam:*Role*'])(
    'writes out %s as iam-expand does',
    async (action) => {
      const { expandIamActions } = load<Expander>('@cloud-copilot/iam-expand');
      const { actions: told, whole } = await expand(action);
      expect(whole).toBe(true);
      expect(told.toSorted()).toEqual((await expandIamActions(action)).toSorted());
    },
  );
});

/** Patterns of the case that IAM takes as a resource. */
const sayable = ({ resource_pattern }: { resource_pattern: string }): boolean =>
  resource_pattern === '*' || resource_pattern.startsWith('arn:aws:s3:::');
