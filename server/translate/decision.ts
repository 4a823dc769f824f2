// Decisions that an engine's own log tells, as an OTLP request of `authorize` spans, kept like all others.
import { createHash } from 'node:crypto';
import { ATTR, SCHEMA, SPAN } from '../../collector/attributes.ts';
import type { Effect } from '../model/words.ts';

export interface LoggedDecision {
  engine: 'opa' | 'cerbos';
  /** What identifies the record and its decision for ever: the span's id is made of it, so that a resent one is stored once. */
  key: readonly string[];
  /** Names the trace where the record has none; decisions of one call share it. */
  call: string;
  trace_id?: string | undefined;
  parent_span_id?: string | undefined;
  service: string;
  environment?: string | undefined;
  /** Nanoseconds since 1970, and from then on. */
  started_ns: bigint;
  duration_ns?: bigint;
  decision_id: string;
  effect: Effect;
  reason?: string | undefined;
  error_type?: string | undefined;
  agent?: string | undefined;
  permission?: string | undefined;
  principal_id?: string | undefined;
  principal_type?: string | undefined;
  resource_type?: string | undefined;
  resource_id?: string | undefined;
  policy?: string | undefined;
  policy_version?: string | undefined;
  rules?: readonly string[] | undefined;
}

/** The scope of the spans made here. */
const SCOPE = '@footprint/engine-logs';
const INTERNAL = 1;
const ERROR = 2;

/** ExportTraceServiceRequest in OTLP's JSON encoding, as plain values; a resource a decision. */
export const requestOf = (decisions: readonly LoggedDecision[]): unknown => ({
  resourceSpans: decisions.map((decision) => ({
    resource: {
      attributes: attributesOf({
        'service.name': decision.service,
        'deployment.environment.name': decision.environment,
      }),
    },
    scopeSpans: [{ scope: { name: SCOPE }, spans: [spanOf(decision)] }],
  })),
});

const spanOf = (decision: LoggedDecision): unknown => {
  const { engine, key, call, trace_id, parent_span_id, started_ns, duration_ns = 0n } = decision;
  const about = decision.permission ?? decision.policy;
  return {
    traceId: trace_id ?? idOf(32, engine, 'call', call),
    spanId: idOf(16, engine, 'decision', ...key),
    ...(parent_span_id === undefined ? {} : { parentSpanId: parent_span_id }),
    name: about === undefined ? SPAN.authorize : `${SPAN.authorize} ${about}`,
    kind: INTERNAL,
    startTimeUnixNano: String(started_ns),
    endTimeUnixNano: String(started_ns + duration_ns),
    attributes: attributesOf({
      [ATTR.schema]: SCHEMA,
      [ATTR.decision_logged]: true,
      [ATTR.decision_id]: decision.decision_id,
      [ATTR.decision_effect]: decision.effect,
      [ATTR.decision_reason]: decision.reason,
      [ATTR.permission]: decision.permission,
      [ATTR.principal_id]: decision.principal_id,
      [ATTR.principal_type]: decision.principal_type,
      [ATTR.resource_type]: decision.resource_type,
      [ATTR.resource_id]: decision.resource_id,
      [ATTR.policy_engine]: engine,
      [ATTR.policy_id]: decision.policy,
      [ATTR.policy_version]: decision.policy_version,
      [ATTR.policy_rules]: decision.rules,
      'gen_ai.agent.name': decision.agent,
      'error.type': decision.error_type,
    }),
    status: decision.effect === 'error' ? { code: ERROR } : {},
  };
};

/** The first hexadecimal digits of a hash of the words; they are written as JSON, so that no two lists look alike. */
const idOf = (digits: number, ...words: string[]): string =>
  createHash('sha256').update(JSON.stringify(words)).digest('hex').slice(0, digits);

type Value = string | number | boolean | readonly string[] | undefined;

const attributesOf = (values: Record<string, Value>): unknown[] =>
  Object.entries(values).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: anyValue(value) }],
  );

const anyValue = (value: Exclude<Value, undefined>): unknown => {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number') return { intValue: String(value) };
  return { arrayValue: { values: value.map((item) => ({ stringValue: item })) } };
};
