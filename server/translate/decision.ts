// A decision that an engine's own log tells, as an `authorize` span that is kept like all others.
import { ATTR, SCHEMA, SPAN } from '../../collector/attributes.ts';
import type { Effect } from '../model/words.ts';
import type { Attributes, Sender } from './span.ts';

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

/** A decision as the one span of its engine. */
export const senderOf = (decision: LoggedDecision): Sender => {
  const { engine, key, call, started_ns, duration_ns = 0n } = decision;
  const about = decision.permission ?? decision.policy;
  return {
    resource: {
      'service.name': decision.service,
      'deployment.environment.name': decision.environment,
    },
    scope: SCOPE,
    spans: [
      {
        name: about === undefined ? SPAN.authorize : `${SPAN.authorize} ${about}`,
        trace_id: decision.trace_id,
        trace_of: [engine, call],
        parent_span_id: decision.parent_span_id,
        identity: [engine, 'decision', ...key],
        started_at: started_ns,
        ended_at: started_ns + duration_ns,
        failed: decision.effect === 'error',
        attributes: attributesOf(decision),
      },
    ],
  };
};

const attributesOf = (decision: LoggedDecision): Attributes => ({
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
  [ATTR.policy_engine]: decision.engine,
  [ATTR.policy_id]: decision.policy,
  [ATTR.policy_version]: decision.policy_version,
  [ATTR.policy_rules]: decision.rules,
  'gen_ai.agent.name': decision.agent,
  'error.type': decision.error_type,
});
