// Words that the cases of settling are written in: kinds of spans, and the rows expected of them.
import type { Json } from '@duckdb/node-api';
import type { Told } from './telemetry.ts';

export interface Case {
  /** The sentence that the case proves. */
  why: string;
  /** Spans in the requests in which they arrive; each request is settled before the next comes. */
  requests: readonly (readonly Told[])[];
  /** Query → rows. */
  expect: Record<string, Record<string, Json>[]>;
}

export const USES = `select agent, permission, used_via, uses, undecided_uses as undecided,
  failed_uses as failed, denials from permission_uses order by all`;
export const PAIRS = `select decision_id, effect, printf('%c', action_span_id) as action
  from decisions order by all`;
export const SESSIONS = `select agent, session, session_told as told, count(*)::integer as traces,
  sum(spans)::integer as spans from session_parts group by all order by all`;

export const agent = (name = 'clerk', more: Told['is'] = {}): Told['is'] => ({
  'gen_ai.operation.name': 'invoke_agent',
  'gen_ai.agent.name': name,
  ...more,
});

export const tool = (name: string, more: Told['is'] = {}): Told['is'] => ({
  'gen_ai.operation.name': 'execute_tool',
  'gen_ai.tool.name': name,
  ...more,
});

export const chat = (tools: readonly string[], more: Told['is'] = {}): Told['is'] => ({
  'gen_ai.operation.name': 'chat',
  'gen_ai.tool.definitions': JSON.stringify(tools.map((name) => ({ type: 'function', name }))),
  ...more,
});

export const decision = (
  effect: string,
  permission: string,
  more: Told['is'] = {},
): Told['is'] => ({
  'footprint.schema': 1,
  'footprint.decision.effect': effect,
  'footprint.permission': permission,
  ...more,
});

/** A row of USES: one decided use of the agent clerk unless said otherwise. */
export const used = (
  permission: string,
  more: Record<string, Json> = {},
): Record<string, Json> => ({
  agent: 'clerk',
  permission,
  used_via: '',
  uses: 1,
  undecided: 0,
  failed: 0,
  denials: 0,
  ...more,
});

/** The agent's own span, around all others. */
export const root: Told = { id: 'r', to: 60, is: agent() };
