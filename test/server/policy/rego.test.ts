// Rego output: evaluated by a real OPA, and by opa-wasm on the same module compiled.
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { policyOutput } from '../../../server/policy/formats.ts';
import type { PolicyInput } from '../../../server/policy/types.ts';
import { findBinary, installed, load, POLICY } from '../../collector/integrations/engines.ts';
import type { Asked } from './cases.ts';
import { cases, DESK, due } from './cases.ts';

/** OPA's answers to so many cases come from one process. */
const CASES = 400;

const opa = findBinary('opa');
const RECORDED = join(POLICY, 'opa/footprint.json');

interface Decision {
  allow: boolean;
  effect: string;
  rules: string[];
}

const inputOf = (agent: string, { permission, resource, ...context }: Asked): object => ({
  subject: { type: 'agent', id: agent },
  action: { name: permission },
  resource: { type: 'any', id: resource },
  context,
});

const filesOf = async (input: PolicyInput): Promise<{ module: string; data: unknown }> => {
  const { files } = await policyOutput('rego', input);
  const [module, data] = files.map(({ text }) => text);
  return { module: module ?? '', data: JSON.parse(data ?? '') };
};

describe.skipIf(opa === undefined)(
  'rego by a real OPA (skipped where Go has not built one)',
  () => {
    it('allows exactly what is held, whatever the names', async () => {
      const all = fc.sample(cases(), { numRuns: CASES, seed: 7 });
      const told = await Promise.all(
        all.map(async ({ input, asked }) => ({
          ...(await filesOf(input)),
          asked: asked.map((each) => inputOf(input.agent, each)),
        })),
      );
      const folder = await mkdtemp(join(tmpdir(), 'footprint-rego-'));
      try {
        const batch = told.map(({ data, asked }) => ({
          agents: (data as { footprint: { agents: unknown } }).footprint.agents,
          asked,
        }));
        await writeFile(join(folder, 'policy.rego'), told[0]?.module ?? '');
        await writeFile(join(folder, 'data.json'), JSON.stringify({ cases: batch }));
        await copyFile(join(import.meta.dirname, 'batch.rego'), join(folder, 'batch.rego'));
        const args = ['eval', '--strict', '-d', folder, '--format', 'raw', 'data.batch.answers'];
        const done = spawnSync(opa ?? '', args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
        expect(done.stderr).toBe('');
        const answers = JSON.parse(done.stdout) as Decision[][];
        expect(answers.map((row) => row.map(({ allow }) => allow))).toEqual(
          all.map(({ input, asked }) => asked.map((each) => due(input, each))),
        );
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  },
);

interface WasmPolicy {
  setData: (data: unknown) => void;
  evaluate: (input: unknown, entrypoint: string) => { result: Decision }[];
}
interface OpaWasm {
  loadPolicy: (wasm: Uint8Array, memory: object, builtins: object) => Promise<WasmPolicy>;
}
interface Recorded {
  module: string;
  wasm: string;
}

/** opa-wasm leaves the clock to whoever runs it. */
const CLOCK = {
  'time.now_ns': () => Date.now() * 1e6,
  'time.parse_rfc3339_ns': (text: string) => Date.parse(text) * 1e6,
};

const loadRecorded = async (): Promise<WasmPolicy> => {
  const { wasm } = await readRecorded();
  const { loadPolicy } = load<OpaWasm>('@open-policy-agent/opa-wasm');
  return loadPolicy(gunzipSync(Buffer.from(wasm, 'base64')), {}, CLOCK);
};

/** policy.rego as OPA compiled it, with its source beside it. */
const readRecorded = async (): Promise<Recorded> =>
  JSON.parse(await readFile(RECORDED, 'utf8')) as Recorded;

describe.skipIf(!installed)(
  'rego by opa-wasm on a recorded module (skipped where test/engines/policy is not installed)',
  () => {
    it('is recorded as it is written', async () => {
      const { files } = await policyOutput('rego', DESK);
      expect((await readRecorded()).module).toBe(files[0]?.text);
    });

    it('allows exactly what is held, whatever the names', async () => {
      const policy = await loadRecorded();
      for (const { input, asked } of fc.sample(cases(), { numRuns: CASES, seed: 9 })) {
        policy.setData((await filesOf(input)).data);
        const told = asked.map((one) =>
          policy.evaluate(inputOf(input.agent, one), 'footprint/authz/decision'),
        );
        expect(told.map(([answer]) => answer?.result.allow)).toEqual(
          asked.map((one) => due(input, one)),
        );
      }
    });

    it('says where an approval alone is missing', async () => {
      const policy = await loadRecorded();
      policy.setData((await filesOf(DESK)).data);
      const asked = {
        just_in_time: false,
        goal: '',
        resource: 'contact/7',
        permission: 'crm:write',
      };
      const told = [false, true].map((approved) =>
        policy.evaluate(inputOf('desk', { ...asked, approved }), 'footprint/authz/decision'),
      );
      expect(told.flat().map(({ result }) => result)).toEqual([
        { allow: false, effect: 'require_approval', rules: ['crm:write|contact/*'] },
        { allow: true, effect: 'allow', rules: ['crm:write|contact/*'] },
      ]);
    });
  },
);
