// What all engines' integrations share, where no real engine can be brought to it: limits, odd engines and odd results.
import { diag, DiagLogLevel } from '@opentelemetry/api';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decisionOf, openfga } from '../../../collector/integrations/openfga.ts';
import type { Recorder } from '../recorder.ts';
import { startRecorder } from '../recorder.ts';
import type { Check } from './openfga-store.ts';

let recorder: Recorder;
let warnings: string[] = [];
beforeAll(() => {
  recorder = startRecorder();
});
afterAll(() => recorder.stop());
beforeEach(() => {
  recorder.take();
  warnings = [];
  const silent = () => undefined;
  const warn = (text: string): void => void warnings.push(text);
  const logger = { error: silent, warn, info: silent, debug: silent, verbose: silent };
  diag.setLogger(logger, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
});
afterEach(() => diag.disable());

const checks = (count: number): Check[] =>
  Array.from({ length: count }, (_, index) => ({
    user: 'agent:desk',
    relation: 'reader',
    object: `document:${index}`,
  }));
const granting = {
  batchCheck: (body: { checks: Check[] }) =>
    Promise.resolve({ result: body.checks.map((request) => ({ request, allowed: true })) }),
};

describe('a recorded engine', () => {
  it('records at most 1000 decisions of one call, says so, and answers all of it', async () => {
    const { result } = await openfga(granting).batchCheck({ checks: checks(1001) });
    expect(result).toHaveLength(1001);
    expect(recorder.take()).toHaveLength(1000);
    expect(warnings).toEqual(['footprint: of 1001 decisions in one call 1000 are recorded']);
    expect(decisionOf(result[999])?.effect).toBe('allow');
    expect(decisionOf(result[1000])).toBeUndefined();
  });

  it('stays what it was where it cannot be recorded', () => {
    const nothing = undefined as unknown as object;
    expect(openfga(nothing)).toBeUndefined();
    expect(warnings).toHaveLength(1);
    const other = openfga({ check: 'no function' });
    expect(other.check).toBe('no function');
  });

  it('answers and throws its own, though its answer cannot be read', async () => {
    const odd = {
      check: () => Promise.resolve(null),
      batchCheck: () => Promise.resolve({ result: 7 }),
    };
    expect(await openfga(odd).check()).toBeNull();
    const asked = openfga(odd) as unknown as typeof granting;
    expect(await asked.batchCheck({ checks: checks(1) })).toEqual({ result: 7 });
    const failure = new Error('mine');
    const failing = {
      check: () => {
        throw failure;
      },
    };
    expect(() => openfga(failing).check()).toThrow(failure);
    const effects = recorder.take().map((span) => span.attributes['footprint.decision.effect']);
    expect(effects).toEqual(['error', 'error', 'error']);
  });

  it('gives no decision for what was never recorded', () => {
    expect([undefined, null, true, 'x', {}, []].map((result) => decisionOf(result))).toEqual(
      Array.from({ length: 6 }, () => undefined),
    );
  });
});
