// The sampler: evidence is always kept, the rest follows the standard variables.
import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { evidenceSampler } from '../../collector/sampler.ts';

const id = (): string => randomBytes(16).toString('hex');
const KEEP = { decision: 2 };
const DROP = { decision: 0 };

const under = (traceFlags: number) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: id(), spanId: '1'.repeat(16), traceFlags });

describe('the sampler', () => {
  it('keeps evidence whatever the rule and the parent say', () => {
    for (const name of ['always_off', 'parentbased_always_off', 'traceidratio', undefined]) {
      const sampler = evidenceSampler(name, '0');
      for (const attributes of [
        { 'footprint.schema': 1 },
        { 'gen_ai.operation.name': 'execute_tool' },
        { 'mcp.method.name': 'tools/call' },
      ]) {
        expect(sampler.shouldSample(under(TraceFlags.NONE), id(), '', 0, attributes)).toEqual(KEEP);
      }
    }
  });

  it.each([
    [undefined, KEEP, KEEP, DROP],
    ['parentbased_always_on', KEEP, KEEP, DROP],
    ['parentbased_always_off', DROP, KEEP, DROP],
    ['always_on', KEEP, KEEP, KEEP],
    ['always_off', DROP, DROP, DROP],
    ['nonsense', KEEP, KEEP, DROP],
  ])('by %s decides on other spans as the specification says', (name, root, sampled, not) => {
    const ask = (context = ROOT_CONTEXT) =>
      evidenceSampler(name).shouldSample(context, id(), '', 0, {});
    expect([ask(), ask(under(TraceFlags.SAMPLED)), ask(under(TraceFlags.NONE))]).toEqual([
      root,
      sampled,
      not,
    ]);
  });

  it.each([0, 0.1, 0.5, 1])('keeps the same traces at ratio %d as the SDK’s own', (ratio) => {
    const theirs = new TraceIdRatioBasedSampler(ratio);
    const ours = evidenceSampler('traceidratio', String(ratio));
    for (let run = 0; run < 2000; run += 1) {
      const traceId = id();
      expect(ours.shouldSample(ROOT_CONTEXT, traceId, '', 0, {}).decision).toBe(
        theirs.shouldSample(ROOT_CONTEXT, traceId).decision,
      );
    }
  });
});
