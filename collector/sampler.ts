// Samples everything but evidence: decisions, tokens, surfaces and executed actions are always kept.
import type { Attributes, Context } from '@opentelemetry/api';
import { isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api';
import { report } from './guard.ts';
import { isEvidence } from './producer.ts';

/** OpenTelemetry's SamplingDecision: not recorded, or recorded and sampled. */
const DROP = 0;
const KEEP = 2;
const MAX_UINT32 = 0xffffffff;

/** What SDKs of both lines ask of a sampler. */
export interface EvidenceSampler {
  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: number,
    attributes: Attributes,
  ): { decision: typeof DROP | typeof KEEP };
  toString(): string;
}

/** Whether to keep a span that is no evidence. */
type Rule = (context: Context, traceId: string) => boolean;

const always: Rule = () => true;
const never: Rule = () => false;

/** The trace id's four words folded into one and held against the ratio, as OpenTelemetry's JavaScript sampler does. */
const byRatio = (argument: string | undefined): Rule => {
  const told = Number(argument ?? '1');
  const ratio = told >= 0 && told <= 1 ? told : 1;
  const bound = Math.floor(ratio * MAX_UINT32);
  return (_context, traceId) => {
    let folded = 0;
    for (let at = 0; at < traceId.length; at += 8) {
      folded = (folded ^ Number.parseInt(traceId.slice(at, at + 8), 16)) >>> 0;
    }
    return ratio === 1 || folded < bound;
  };
};

const byParent =
  (root: Rule): Rule =>
  (context, traceId) => {
    const parent = trace.getSpanContext(context);
    if (parent === undefined || !isSpanContextValid(parent)) return root(context, traceId);
    return (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
  };

/** The rule of OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG; `parentbased_always_on` where it is unset or unknown. */
const ruleOf = (name: string | undefined, argument: string | undefined): Rule => {
  const root = name?.replace(/^parentbased_/, '') ?? 'always_on';
  const rules: Readonly<Record<string, Rule>> = {
    always_on: always,
    always_off: never,
    traceidratio: byRatio(argument),
  };
  const rule = rules[root];
  if (rule === undefined) {
    report(`OTEL_TRACES_SAMPLER ${root} is not known; all is sampled`);
    return byParent(always);
  }
  return name === root ? rule : byParent(rule);
};

/**
 * A sampler that keeps all evidence, also of traces that are else dropped: a denial that is sampled away is lost, and
 * a use that is sampled away looks like a permission that nobody needs. Other spans follow the named rule.
 */
export const evidenceSampler = (name?: string, argument?: string): EvidenceSampler => {
  const rule = ruleOf(name, argument);
  return {
    shouldSample: (context, traceId, _name, _kind, attributes) => ({
      decision: isEvidence(attributes) || rule(context, traceId) ? KEEP : DROP,
    }),
    toString: () => `FootprintEvidence(${name ?? 'parentbased_always_on'})`,
  };
};
