// Cedar output: validated and evaluated by cedar-wasm.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { installed } from '../../collector/integrations/engines.ts';
import { cases, DESK, due } from './cases.ts';
import { cedarAnswers, cedarProblems } from './cedar.ts';

describe.skipIf(!installed)('cedar (skipped where test/engines/policy is not installed)', () => {
  it('allows exactly what is held, whatever the names', async () => {
    await fc.assert(
      fc.asyncProperty(cases(), async ({ input, asked }) => {
        const { files } = await policyOutput('cedar', input);
        const [policy = '', schema = ''] = files.map(({ text }) => text);
        expect(cedarProblems(policy, schema)).toEqual([]);
        const told = cedarAnswers({ policy, schema, agent: input.agent }, asked);
        expect(told).toEqual(asked.map((one) => due(input, one)));
      }),
      { numRuns: 300 },
    );
  });

  it('reads well', async () => {
    expect(await policyOutput('cedar', DESK)).toMatchSnapshot();
  });
});
