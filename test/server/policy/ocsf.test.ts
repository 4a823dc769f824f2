// OCSF output: validated against the official schema of class 2008.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import { installed, load, POLICY } from '../../collector/integrations/engines.ts';
import { cases, DESK } from './cases.ts';

interface Validator {
  (value: unknown): boolean;
  errors?: unknown;
}
interface Ajv {
  Ajv2020: new (options: object) => { compile: (schema: object) => Validator };
}

const SCHEMA = join(POLICY, 'ocsf/iam_analysis_finding-1.8.0.json');

const validator = async (): Promise<Validator> => {
  const { Ajv2020 } = load<Ajv>('ajv/dist/2020.js');
  const schema = JSON.parse(await readFile(SCHEMA, 'utf8')) as object;
  return new Ajv2020({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
};

describe.skipIf(!installed)('ocsf (skipped where test/engines/policy is not installed)', () => {
  it('is a valid IAM Analysis Finding, whatever the names', async () => {
    const valid = await validator();
    await fc.assert(
      fc.asyncProperty(cases(), async ({ input }) => {
        const { files } = await policyOutput('ocsf', input);
        const finding = JSON.parse(files[0]?.text ?? '') as { unmapped: unknown };
        valid(finding);
        expect(valid.errors ?? []).toEqual([]);
        const { held, changes } = input;
        expect(finding.unmapped).toEqual({ held, changes });
      }),
      { numRuns: 200 },
    );
  });

  it('is refused by that schema when a field is wrong', async () => {
    const valid = await validator();
    const { files } = await policyOutput('ocsf', DESK);
    const finding = JSON.parse(files[0]?.text ?? '') as Record<string, unknown>;
    expect([
      valid(finding),
      valid({ ...finding, severity_id: 77 }),
      valid({ ...finding, extra: 1 }),
    ]).toEqual([true, false, false]);
    expect(finding).toMatchSnapshot();
  });
});
