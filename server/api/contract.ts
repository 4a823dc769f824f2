// The answers and bodies of the HTTP API, as schemas: the API documents and types itself with them; tests hold the real answers to them.
import * as v from 'valibot';
import { instant, maybeInstant, maybeNumber } from './cells.ts';
import { named } from './texts.ts';
import type { AuditChain, AuditRow, SettingRow } from './administration-rows.ts';
import type { AlertRow, MessageRow, MuteRow, RuleRow } from './alert-rows.ts';
import type { ExemptionRow, QuarantineRow } from './ruling-rows.ts';
import type {
  agentBeforeRow,
  agentRow,
  decisionBucketRow,
  driftRow,
  facetRow,
  historyRow,
  surfaceRow,
  sessionSurfaceRow,
} from './rows.ts';
import type {
  DestinationRow,
  ReportRow,
  RunDetail,
  RunRow,
  ScheduleRow,
  TrialRow,
} from './report-rows.ts';
import type { survivalRow, tokenAgentRow } from './token-rows.ts';
import {
  ambientRow,
  decisionRow,
  privilegeRow,
  resourceRow,
  sessionRow,
  spanRow,
  surfaceStepRow,
} from './rows.ts';
import { tokenRow, tokenSummary } from './token-rows.ts';
import type { PolicyAnswer } from './policy-rows.ts';
import type { RecommendationDetail, RecommendationRow, ReplayRow } from './recommendation-rows.ts';

export * from './administration-rows.ts';
export * from './alert-rows.ts';
export * from './policy-rows.ts';
export * from './recommendation-rows.ts';
export * from './ruling-rows.ts';
export * from './rows.ts';
export * from './report-rows.ts';
export * from './token-rows.ts';

/** A session with all that happened in it. */
export const sessionDetail = v.object({
  session: sessionRow,
  spans: v.array(spanRow),
  decisions: v.array(decisionRow),
  tokens: v.array(tokenRow),
  /** Weight held and used over the session's time. */
  steps: v.array(surfaceStepRow),
  privilege: privilegeRow,
  /** Tokens that it held on to, unused, through a quarter of its time or more; the longest idle first. */
  ambient: v.array(ambientRow),
  /** What it made for its task or removed again, the first made first. */
  resources: v.array(resourceRow),
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
  /** Spans that came again under the same id and told other things; the first is kept. */
  conflicts: v.number(),
  /** Spans of the window whose own time cannot be (over 400 days old, or an hour ahead): counted when they came. */
  clock_skewed: v.number(),
  spans_per_s: v.number(),
  first_span_at: maybeInstant,
  last_span_at: maybeInstant,
  /** Journalled and acknowledged, not yet in the store. */
  waiting_spans: v.number(),
  /** Stored traces whose agent, session and uses are not settled yet. */
  unsettled_traces: v.number(),
  /** Of them those that fail to settle and are tried again later, each alone. */
  set_aside_traces: v.number(),
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
  /** Used in the window, whether held now or not, as the rows of the surface say it. */
  used: v.number(),
  /** Of them those held before and not any more: withdrawn, or the token ended. */
  used_not_held: v.number(),
  unused: v.number(),
  unused_proven: v.number(),
  undetermined: v.number(),
  excess_index: maybeNumber,
  excess_index_max: maybeNumber,
  /** Tokens used after their end, tokens that never end, tokens that outlived their session. */
  tokens: tokenSummary,
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

/** What the overview compares with: the index seven days before, and weeks of the share that was not used. */
export const overviewHistory = v.object({
  excess_index_before: maybeNumber,
  /** Share of held weight not used in the window before, week by week, 0 to 100. */
  trend: v.array(v.object({ bucket_at: instant, excess: v.number() })),
});

/** The environments that have telemetry, the busiest first. */
export const environmentRow = v.object({ environment: v.string(), agents: v.number() });

/** A list's answer: rows, where the next page starts, and whether the set was cut. */
export const page = <S extends v.GenericSchema>(row: S) =>
  v.object({ rows: v.array(row), next_cursor: v.nullable(v.string()), truncated: v.boolean() });

/** A name as people can read it: no control characters, which lists and logs would hide or break at. */
const PERMISSIONS_MAX = 10_000;

/** Body of PUT /api/v1/agents/:agent/grants. */
export const grantsBody = v.strictObject({
  environment: v.optional(named(200), 'default'),
  source: named(200),
  source_ref: v.optional(
    v.union([v.literal(''), named(1000)], 'must be a text without control characters'),
    '',
  ),
  permissions: v.pipe(
    v.array(
      v.strictObject({
        permission: named(500),
        resource_pattern: v.optional(named(1000), '*'),
        /** The file, statement or role that grants it, where it is not that of all. */
        source_ref: v.optional(named(1000)),
      }),
      'must be a list',
    ),
    v.maxLength(PERMISSIONS_MAX, `must hold at most ${String(PERMISSIONS_MAX)} permissions`),
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
export type AgentBeforeRow = v.InferOutput<typeof agentBeforeRow>;
export type ResourceRow = v.InferOutput<typeof resourceRow>;
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
export type SessionSurfaceRow = v.InferOutput<typeof sessionSurfaceRow>;
export type SurfaceStepRow = v.InferOutput<typeof surfaceStepRow>;
export type AmbientRow = v.InferOutput<typeof ambientRow>;
export type SessionDetail = v.InferOutput<typeof sessionDetail>;
export type TelemetryHealth = v.InferOutput<typeof telemetryHealth>;
export type Overview = v.InferOutput<typeof overview>;
export type OverviewHistory = v.InferOutput<typeof overviewHistory>;
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
  'GET /api/v1/overview/history': OverviewHistory;
  'GET /api/v1/health/telemetry': TelemetryHealth;
  'GET /api/v1/agents': Page<AgentRow>;
  'GET /api/v1/agents/before': Page<AgentBeforeRow>;
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
  'GET /api/v1/recommendations': Page<RecommendationRow>;
  'GET /api/v1/agents/{agent}/recommendations': Page<RecommendationRow>;
  'GET /api/v1/recommendations/{recommendation_id}': RecommendationDetail;
  'POST /api/v1/recommendations/{recommendation_id}/state': RecommendationRow;
  'GET /api/v1/recommendations/{recommendation_id}/replay': Page<ReplayRow>;
  'GET /api/v1/recommendations/{recommendation_id}/policy': PolicyAnswer;
  'POST /api/v1/recommendations/{recommendation_id}/policy': PolicyAnswer;
  'GET /api/v1/agents/{agent}/policy': PolicyAnswer;
  'POST /api/v1/agents/{agent}/policy': PolicyAnswer;
  'GET /api/v1/exemptions': { rows: ExemptionRow[] };
  'PUT /api/v1/exemptions': ExemptionRow;
  'DELETE /api/v1/exemptions': Record<string, never>;
  'GET /api/v1/quarantines': { rows: QuarantineRow[] };
  'PUT /api/v1/quarantines': QuarantineRow;
  'DELETE /api/v1/quarantines': Record<string, never>;
  'GET /api/v1/audit': Page<AuditRow>;
  'GET /api/v1/audit/chain': AuditChain;
  'GET /api/v1/settings': { rows: SettingRow[] };
  'GET /api/v1/sessions': Page<SessionRow>;
  'GET /api/v1/sessions/{session}': SessionDetail;
  'GET /api/v1/sessions/{session}/surface': Page<SessionSurfaceRow>;
  'GET /api/v1/traces/{trace_id}': TraceDetail;
  'GET /api/v1/reports': Page<ReportRow>;
  'GET /api/v1/reports/{name}/runs': Page<RunRow>;
  'POST /api/v1/reports/{name}/run': RunRow;
  'GET /api/v1/reports/runs/{id}': RunDetail;
  'GET /api/v1/reports/schedules': Page<ScheduleRow>;
  'POST /api/v1/reports/schedules': ScheduleRow;
  'PUT /api/v1/reports/schedules/{id}': ScheduleRow;
  'DELETE /api/v1/reports/schedules/{id}': null;
  'GET /api/v1/reports/destinations': Page<DestinationRow>;
  'POST /api/v1/reports/destinations': DestinationRow;
  'POST /api/v1/reports/destinations/{id}/test': TrialRow;
  'DELETE /api/v1/reports/destinations/{id}': null;
  'GET /api/v1/alerts': Page<AlertRow>;
  'POST /api/v1/alerts/{id}/acknowledge': AlertRow;
  'POST /api/v1/alerts/{id}/mute': MuteRow;
  'GET /api/v1/alerts/mutes': Page<MuteRow>;
  'POST /api/v1/alerts/mutes': MuteRow;
  'DELETE /api/v1/alerts/mutes/{id}': null;
  'GET /api/v1/alerts/rules': Page<RuleRow>;
  'PUT /api/v1/alerts/rules/{name}': RuleRow;
  'GET /api/v1/alerts/history': Page<MessageRow>;
  'POST /api/v1/alerts/evaluate': { rules: number };
  'PUT /api/v1/alerts/destinations/{id}': DestinationRow;
}
