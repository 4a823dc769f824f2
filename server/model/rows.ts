// The rows that the loader writes: one type per table of sql/duckdb/0001_create_tables.sql that spans are told in.
import type { Dialect, Effect, Fact } from './words.ts';

/** An instant in microseconds since 1970-01-01T00:00:00Z; whole, below 2^53. */
export type Micros = number;

/** A row of `spans`. Ids are lower-case hex (32 and 16 digits). */
export interface SpanRow {
  trace_id: string;
  span_id: string;
  parent_span_id: string | null;
  environment: string;
  name: string;
  /** OTLP SpanKind, 0 to 5. */
  span_kind: number;
  fact: Fact;
  dialect: Dialect;
  started_at: Micros;
  ended_at: Micros;
  /** OTLP StatusCode: 0 unset, 1 ok, 2 error. */
  status_code: number;
  error_type: string | null;
  service: string | null;
  agent: string | null;
  agent_parent: string | null;
  agent_version: string | null;
  agent_identity: string | null;
  owner: string | null;
  session: string | null;
  task_id: string | null;
  goal: string | null;
  user_id: string | null;
  permission: string | null;
  tool: string | null;
  tool_call_id: string | null;
  required_scopes: string[] | null;
  resource_type: string | null;
  resource_id: string | null;
  /** The action itself was refused: a 403, or an `error.type` of the listed set. */
  denied: boolean;
  decision_id: string | null;
  fingerprint: string | null;
  /** The surface told by this span (tools offered, or a snapshot's part). */
  surface_hash: string | null;
  producer_id: string | null;
  producer_seq: number | null;
  /** Known to be one of several, the rest not sent (`tracestate` `ot=th`). */
  sampled: boolean;
}

/** A row of `decision_spans`, keyed by its span. */
export interface DecisionRow {
  decision_id: string | null;
  effect: Effect;
  enforcement: string | null;
  reason: string | null;
  cached: boolean;
  engine: string | null;
  policy: string | null;
  policy_version: string | null;
  rules: string[] | null;
  principal_id: string | null;
  principal_type: string | null;
  delegation_type: string | null;
  delegation_chain: string[] | null;
}

/** A row of `approval_spans`, keyed by its span. */
export interface ApprovalRow {
  approval_id: string | null;
  decision_id: string | null;
  tier: string | null;
  outcome: string;
  source: string | null;
  approver: string | null;
  approver_type: string | null;
  requested_at: Micros | null;
}

/** A row of `credential_spans`, keyed by its span. */
export interface CredentialRow {
  fingerprint: string;
  event: 'issued' | 'exchanged' | 'revoked' | 'used';
  type: string | null;
  issuer: string | null;
  audience: string | null;
  credential_id: string | null;
  issued_at: Micros | null;
  expires_at: Micros | null;
  revoked_at: Micros | null;
  scopes: string[] | null;
  scopes_requested: string[] | null;
  parent_fingerprint: string | null;
}

/** One permission of a surface: `system:action` and a resource pattern, `*` where none is known. */
export interface HeldPermission {
  permission: string;
  resource_pattern: string;
}

/** A row of `surface_spans` with the content that its hash names. */
export interface SurfaceRow {
  kind: 'tool_list' | 'snapshot' | 'token';
  source: string;
  source_ref: string | null;
  surface_hash: string;
  part: number;
  parts: number;
  permissions: readonly HeldPermission[];
}

/** All that one span tells. */
export interface SpanFacts {
  span: SpanRow;
  decision: DecisionRow | null;
  approval: ApprovalRow | null;
  credential: CredentialRow | null;
  surface: SurfaceRow | null;
}

/** Where a record of the journal begins. */
export interface JournalPosition {
  segment: number;
  offset: number;
}

/** What the store remembers of loading; written in the transaction that loaded it. */
export interface LoadState {
  /** The first byte of the journal that is not loaded yet. */
  next: JournalPosition;
  /** Number of commits so far; answers are cached by it. */
  commits: number;
  spans: number;
  duplicates: number;
  /** Of them those that tell other things than the span that is kept. */
  conflicts: number;
}
