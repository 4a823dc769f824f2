// Cerbos output: compiled by the real binary and asked of the real server.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { cerbosInstalled } from '../../collector/integrations/engines.ts';
import { cases, DESK, due } from './cases.ts';
import { cerbosAnswers } from './cerbos.ts';

/** Cerbos compiles these in some seconds. */
const CASES = 200;

describe.skipIf(!cerbosInstalled)('cerbos (skipped where npm has no Cerbos)', () => {
  it('allows exactly what is held, whatever the names', { timeout: 120_000 }, async () => {
    const all = fc.sample(cases(), { numRuns: CASES, seed: 7 });
    const told = await Promise.all(
      all.map(async ({ input, asked }) => ({
        agent: input.agent,
        files: (await policyOutput('cerbos', input)).files,
        asked,
      })),
    );
    expect(await cerbosAnswers(told)).toEqual(
      all.map(({ input, asked }) => asked.map((one) => due(input, one))),
    );
  });

  it('reads well', async () => {
    expect(await policyOutput('cerbos', DESK)).toMatchSnapshot();
  });
});
