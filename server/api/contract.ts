// The rows and bodies of the HTTP API, as schemas: the API checks nothing against them at run time but documents and types itself with them.
import * as v from 'valibot';
import { EFFECTS, RISKS, VERDICTS } from '../model/words.ts';

const instant = v.pipe(v.string(), v.isoTimestamp(), v.description('RFC 3339, UTC'));
const maybeInstant = v.nullable(instant);
const maybeText = v.nullable(v.string());
const maybeNumber = v.nullable(v.number());
const texts = v.array(v.string());

/** How far the evidence for a verdict has come; all null where the verdict needs none. */
export const evidence = v.object({
  /** Days the permission has been held, and the days needed. */
  days: maybeNumber,
  days_needed: maybeNumber,
  /** Opportunities n, and the n at which the absence bound falls to the risk's threshold. */
  sessions: maybeNumber,
  sessions_needed: maybeNumber,
  /** When both will be met at the present rate; null where never or already. */
  due_at: maybeInstant,
});

/** One agent: what it holds, what it used, and the excess index. */
export const agentRow = v.object({
  agent: v.string(),
  environment: v.string(),
  owner: maybeText,
  /** False where no source of grants is known: the agent is shown as used only. */
  grants_known: v.boolean(),
  granted: v.number(),
  used: v.number(),
  unused: v.number(),
  unused_proven: v.number(),
  /** Held permissions whose verdict is not due or cannot be judged. */
  undetermined: v.number(),
  unused_weight: v.number(),
  granted_weight: v.number(),
  /** 0 to 100; the lower end counts proven only, the upper all that is undetermined too. Null where grants are unknown. */
  excess_index: maybeNumber,
  excess_index_max: maybeNumber,
  /** Index now less the index seven days ago. */
  excess_index_7d: maybeNumber,
  sessions: v.number(),
  tasks: v.number(),
  decisions: v.number(),
  denials: v.number(),
  tokens: v.number(),
  version: maybeText,
  identity: maybeText,
  first_seen_at: maybeInstant,
  last_seen_at: maybeInstant,
});

/** One permission of one agent, with every number behind its verdict. */
export const surfaceRow = v.object({
  agent: v.string(),
  environment: v.string(),
  permission: v.string(),
  resource_pattern: v.string(),
  risk: v.picklist(RISKS),
  risk_source: v.string(),
  weight: v.number(),
  granted: v.boolean(),
  granted_at: maybeInstant,
  held_since: maybeInstant,
  uses: v.number(),
  sessions_with_use: v.number(),
  sessions_granted: v.number(),
  denials: v.number(),
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
  last_denied_at: maybeInstant,
  verdict: v.picklist(VERDICTS),
  verdict_reason: v.string(),
  /** At most this share of coming sessions needs it, 95 % confidence; null where it was used. */
  absence_bound: maybeNumber,
  /** The bound at which it counts as unused, by risk. */
  threshold: v.number(),
  evidence,
  granted_by: texts,
  source_ref: texts,
});

/** One permission's bands: when it was held and on which days it was used or refused. */
export const historyRow = v.object({
  permission: v.string(),
  resource_pattern: v.string(),
  held: v.array(v.object({ from: instant, to: maybeInstant })),
  used_days: v.array(v.object({ day: v.string(), uses: v.number() })),
  denied_days: v.array(v.object({ day: v.string(), denials: v.number() })),
});

/** Granted and used permissions at the end of one bucket; used counts the window before it. */
export const driftRow = v.object({ bucket_at: instant, granted: v.number(), used: v.number() });

/** One token, seen by its fingerprint. */
export const tokenRow = v.object({
  fingerprint: v.string(),
  agent: v.string(),
  environment: v.string(),
  session: v.string(),
  trace_id: maybeText,
  type: maybeText,
  issuer: maybeText,
  audience: maybeText,
  scopes: texts,
  scopes_requested: texts,
  /** Scopes that a use required while this token was presented. */
  scopes_used: texts,
  issued_at: maybeInstant,
  expires_at: maybeInstant,
  revoked_at: maybeInstant,
  session_ended_at: maybeInstant,
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
  uses: v.number(),
  sessions: v.number(),
  /** Seconds from issue to the earlier of expiry and revocation; null where it never ends. */
  life_s: maybeNumber,
  used_s: maybeNumber,
  utilisation: maybeNumber,
  idle_tail_s: maybeNumber,
  task_overhang_s: maybeNumber,
  used_after_end: v.number(),
  suggested_ttl_s: maybeNumber,
});

/** Token lifetimes of one agent. */
export const tokenAgentRow = v.object({
  agent: v.string(),
  environment: v.string(),
  tokens: v.number(),
  ended: v.number(),
  never_end: v.number(),
  life_p50_s: maybeNumber,
  used_p50_s: maybeNumber,
  used_p99_s: maybeNumber,
  suggested_ttl_s: maybeNumber,
  /** Share of the last third of tokens that would have renewed at the suggested TTL. */
  renewals: maybeNumber,
  used_after_end: v.number(),
  outlived_session: v.number(),
});

/** Share of tokens still in use at an age. */
export const survivalRow = v.object({ age_s: v.number(), in_use: v.number() });

/** All tokens of the window in one row. */
export const tokenSummary = v.object({
  tokens: v.number(),
  used_after_end: v.number(),
  never_end: v.number(),
  outlived_session: v.number(),
  life_p50_s: maybeNumber,
  used_p50_s: maybeNumber,
});

/** Every decision, with its approval and whether its action was executed. */
export const decisionRow = v.object({
  decision_id: v.string(),
  occurred_at: instant,
  agent: v.string(),
  environment: v.string(),
  user: maybeText,
  session: v.string(),
  permission: maybeText,
  resource_type: maybeText,
  resource_id: maybeText,
  effect: v.picklist(EFFECTS),
  enforcement: maybeText,
  engine: maybeText,
  policy: maybeText,
  policy_version: maybeText,
  rules: texts,
  reason: maybeText,
  principal: maybeText,
  delegation_type: maybeText,
  tier: maybeText,
  approval_outcome: maybeText,
  /** Null where telemetry could not have seen the action. */
  executed: v.nullable(v.boolean()),
  duration_ms: v.number(),
  trace_id: v.string(),
  span_id: v.string(),
});

/** Decisions of one bucket of time by effect. */
export const decisionBucketRow = v.object({
  bucket_at: instant,
  allow: v.number(),
  deny: v.number(),
  require_approval: v.number(),
  other: v.number(),
});

/** How often one value of one column occurs among the decisions that the filters let through. */
export const facetRow = v.object({ facet: v.string(), value: v.string(), decisions: v.number() });

/** One session of one agent. */
export const sessionRow = v.object({
  session: v.string(),
  agent: v.string(),
  environment: v.string(),
  user: maybeText,
  task_id: maybeText,
  goal: maybeText,
  started_at: instant,
  ended_at: instant,
  /** Still within 30 minutes of its last span and not ended by its task. */
  open: v.boolean(),
  spans: v.number(),
  actions: v.number(),
  decisions: v.number(),
  denials: v.number(),
  tokens: v.number(),
  permissions_granted: v.number(),
  permissions_used: v.number(),
  trace_id: v.string(),
  traces: v.number(),
});

/** One span of a session or trace, with the agent and session it settled to. */
export const spanRow = v.object({
  trace_id: v.string(),
  span_id: v.string(),
  parent_span_id: maybeText,
  name: v.string(),
  fact: v.string(),
  agent: maybeText,
  started_at: instant,
  ended_at: instant,
  permission: maybeText,
  tool: maybeText,
  resource_type: maybeText,
  resource_id: maybeText,
  effect: maybeText,
  reason: maybeText,
  rules: texts,
  approval_outcome: maybeText,
  denied: v.boolean(),
  error_type: maybeText,
  fingerprint: maybeText,
});

/** A step of the surface over a session's time: weight held and used from an instant on. */
export const surfaceStepRow = v.object({
  occurred_at: instant,
  held: v.number(),
  used: v.number(),
});

/** A session with all that happened in it. */
export const sessionDetail = v.object({
  session: sessionRow,
  spans: v.array(spanRow),
  decisions: v.array(decisionRow),
  tokens: v.array(tokenRow),
  /** Weight held and used over the session's time. */
  steps: v.array(surfaceStepRow),
  /** True where the session has more spans than are listed. */
  truncated: v.boolean(),
});

/** Evidence of what telemetry could and could not have seen. */
export const producerRow = v.object({
  producer_id: v.string(),
  agent: v.string(),
  environment: v.string(),
  spans: v.number(),
  missing: v.number(),
  last_seen_at: instant,
});

export const telemetryHealth = v.object({
  spans: v.number(),
  duplicates: v.number(),
  spans_per_s: v.number(),
  first_span_at: maybeInstant,
  last_span_at: maybeInstant,
  /** Journalled and acknowledged, not yet in the store. */
  waiting_spans: v.number(),
  /** Stored traces whose agent, session and uses are not settled yet. */
  unsettled_traces: v.number(),
  agents_without_grants: v.number(),
  agents_without_decisions: v.number(),
  sampled_agents: v.number(),
  producers: v.array(producerRow),
  dialects: v.array(v.object({ dialect: v.string(), spans: v.number(), last_seen_at: instant })),
});

/** What the overview shows, in one call. */
export const overview = v.object({
  agents: v.number(),
  granted: v.number(),
  used: v.number(),
  unused: v.number(),
  unused_proven: v.number(),
  undetermined: v.number(),
  excess_index: maybeNumber,
  excess_index_max: maybeNumber,
  excess_index_7d: maybeNumber,
  /** Share of held weight not used in the window before, week by week, 0 to 100. */
  trend: v.array(v.object({ bucket_at: instant, excess: v.number() })),
  /** Tokens used after their end, tokens that never end, tokens that outlived their session. */
  tokens: v.object({
    tokens: v.number(),
    used_after_end: v.number(),
    never_end: v.number(),
    outlived_session: v.number(),
    life_p50_s: maybeNumber,
    used_p50_s: maybeNumber,
  }),
  /** In the last seven days. */
  new_grants: v.number(),
  new_destructive_grants: v.number(),
  new_denials: v.number(),
  decisions: v.number(),
  denials: v.number(),
  unobservable: v.number(),
  producers_with_gaps: v.number(),
  agents_without_grants: v.number(),
  sessions: v.number(),
});

/** The environments that have telemetry, the busiest first. */
export const environmentRow = v.object({ environment: v.string(), agents: v.number() });

/** A list's answer: rows, where the next page starts, and whether the set was cut. */
export const page = <S extends v.GenericSchema>(row: S) =>
  v.object({ rows: v.array(row), next_cursor: v.nullable(v.string()), truncated: v.boolean() });

/** Body of PUT /api/v1/agents/:agent/grants. */
export const grantsBody = v.strictObject({
  environment: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(200)), 'default'),
  source: v.pipe(v.string(), v.minLength(1), v.maxLength(200)),
  source_ref: v.optional(v.pipe(v.string(), v.maxLength(1000)), ''),
  permissions: v.pipe(
    v.array(
      v.strictObject({
        permission: v.pipe(v.string(), v.minLength(1), v.maxLength(500)),
        resource_pattern: v.optional(v.pipe(v.string(), v.minLength(1), v.maxLength(1000)), '*'),
      }),
    ),
    v.maxLength(10_000),
  ),
});

/** What PUT grants answers: how many permissions the source now holds for the agent. */
export const grantsAnswer = v.object({
  agent: v.string(),
  environment: v.string(),
  source: v.string(),
  permissions: v.number(),
  granted_at: instant,
});

/** The spans of one trace in the order in which they began. */
export const traceDetail = v.object({
  trace_id: v.string(),
  spans: v.array(spanRow),
  truncated: v.boolean(),
});

/** Body of every error. Codes are a closed set; the message states the fact. */
export const errorBody = v.object({
  error: v.object({ code: v.string(), message: v.string(), request_id: v.string() }),
});

/** Event `spans` of GET /api/v1/live, every second. */
export const liveSpans = v.object({
  spans: v.number(),
  duplicates: v.number(),
  /** Acknowledged and not yet in the store. */
  waiting_spans: v.number(),
  /** Stored traces whose agent, session and uses are not settled yet. */
  unsettled_traces: v.number(),
  commits: v.number(),
  /** Events that this client was too slow to take. */
  dropped: v.number(),
});

export type AgentRow = v.InferOutput<typeof agentRow>;
export type SurfaceRow = v.InferOutput<typeof surfaceRow>;
export type HistoryRow = v.InferOutput<typeof historyRow>;
export type DriftRow = v.InferOutput<typeof driftRow>;
export type TokenRow = v.InferOutput<typeof tokenRow>;
export type TokenAgentRow = v.InferOutput<typeof tokenAgentRow>;
export type TokenSummary = v.InferOutput<typeof tokenSummary>;
export type FacetRow = v.InferOutput<typeof facetRow>;
export type SurvivalRow = v.InferOutput<typeof survivalRow>;
export type DecisionRow = v.InferOutput<typeof decisionRow>;
export type DecisionBucketRow = v.InferOutput<typeof decisionBucketRow>;
export type SessionRow = v.InferOutput<typeof sessionRow>;
export type SpanRow = v.InferOutput<typeof spanRow>;
export type SurfaceStepRow = v.InferOutput<typeof surfaceStepRow>;
export type SessionDetail = v.InferOutput<typeof sessionDetail>;
export type TelemetryHealth = v.InferOutput<typeof telemetryHealth>;
export type Overview = v.InferOutput<typeof overview>;
export type EnvironmentRow = v.InferOutput<typeof environmentRow>;
export type Page<Row> = { rows: Row[]; next_cursor: string | null; truncated: boolean };
export type TraceDetail = v.InferOutput<typeof traceDetail>;
export type GrantsAnswer = v.InferOutput<typeof grantsAnswer>;
export type ErrorBody = v.InferOutput<typeof errorBody>;
export type LiveSpans = v.InferOutput<typeof liveSpans>;

/** What each route answers; paths as they stand in /openapi.json. */
export interface Answers {
  'GET /api/v1/environments': Page<EnvironmentRow>;
  'GET /api/v1/overview': Overview;
  'GET /api/v1/health/telemetry': TelemetryHealth;
  'GET /api/v1/agents': Page<AgentRow>;
  'GET /api/v1/surface': Page<SurfaceRow>;
  'GET /api/v1/agents/{agent}/surface': Page<SurfaceRow>;
  'GET /api/v1/agents/{agent}/history': Page<HistoryRow>;
  'GET /api/v1/agents/{agent}/drift': Page<DriftRow>;
  'PUT /api/v1/agents/{agent}/grants': GrantsAnswer;
  'GET /api/v1/tokens': Page<TokenRow>;
  'GET /api/v1/tokens/agents': Page<TokenAgentRow>;
  'GET /api/v1/tokens/survival': Page<SurvivalRow>;
  'GET /api/v1/tokens/summary': TokenSummary;
  'GET /api/v1/decisions': Page<DecisionRow>;
  'GET /api/v1/decisions/buckets': Page<DecisionBucketRow>;
  'GET /api/v1/decisions/facets': Page<FacetRow>;
  'GET /api/v1/sessions': Page<SessionRow>;
  'GET /api/v1/sessions/{session}': SessionDetail;
  'GET /api/v1/traces/{trace_id}': TraceDetail;
}
