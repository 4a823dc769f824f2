// The tables that spans are told in: their columns in the order of sql/duckdb/0001_create_tables.sql, read from the loader's rows.
import type {
  ApprovalRow,
  CredentialRow,
  DecisionRow,
  HeldPermission,
  SpanRow,
  SurfaceRow,
} from '../model/rows.ts';
import type { ImportedGrants } from './store.ts';
import type { Column, ColumnKind } from './vectors.ts';

/** A span with what is known of it from the request that brought it. */
export interface LoadedSpan {
  workspace: string;
  received_at: number;
  attested: boolean;
  segment: number;
  offset: number;
  index: number;
  row: SpanRow;
}

/** A row beside a span, which names the span. */
export interface Beside<Row> {
  of: LoadedSpan;
  row: Row;
}

export interface HeldRow {
  workspace: string;
  surface_hash: string;
  held: HeldPermission;
}

export interface CandidateSpan {
  span: LoadedSpan;
  load_row: number;
}

export interface CandidateSurface {
  workspace: string;
  surface_hash: string;
}

export interface PendingTrace {
  workspace: string;
  trace_id: string;
  first_started_at: number | null;
  last_started_at: number | null;
}

export interface PickedTrace {
  workspace: string;
  trace_id: string;
}

export interface GrantRow {
  grants: ImportedGrants;
  surface_hash: string;
}

/** Each column reads its property by name, not by a variable: the engine of JavaScript makes that ten times faster. */
export const SPANS: readonly Column<LoadedSpan>[] = [
  { kind: 'text', value: ({ workspace }) => workspace },
  { kind: 'text', value: ({ row }) => row.environment },
  { kind: 'uuid', value: ({ row }) => row.trace_id },
  { kind: 'id', value: ({ row }) => row.span_id },
  { kind: 'id', value: ({ row }) => row.parent_span_id },
  { kind: 'text', value: ({ row }) => row.name },
  { kind: 'utinyint', value: ({ row }) => row.span_kind },
  { kind: 'text', value: ({ row }) => row.fact },
  { kind: 'text', value: ({ row }) => row.dialect },
  { kind: 'timestamp', value: ({ row }) => row.started_at },
  { kind: 'timestamp', value: ({ row }) => row.ended_at },
  { kind: 'timestamp', value: ({ received_at }) => received_at },
  { kind: 'utinyint', value: ({ row }) => row.status_code },
  { kind: 'text', value: ({ row }) => row.error_type },
  { kind: 'text', value: ({ row }) => row.service },
  { kind: 'text', value: ({ row }) => row.agent },
  { kind: 'text', value: ({ row }) => row.agent_parent },
  { kind: 'text', value: ({ row }) => row.agent_version },
  { kind: 'text', value: ({ row }) => row.agent_identity },
  { kind: 'text', value: ({ row }) => row.owner },
  { kind: 'text', value: ({ row }) => row.session },
  { kind: 'text', value: ({ row }) => row.task_id },
  { kind: 'text', value: ({ row }) => row.goal },
  { kind: 'text', value: ({ row }) => row.user_id },
  { kind: 'text', value: ({ row }) => row.permission },
  { kind: 'text', value: ({ row }) => row.tool },
  { kind: 'text', value: ({ row }) => row.tool_call_id },
  { kind: 'texts', value: ({ row }) => row.required_scopes },
  { kind: 'text', value: ({ row }) => row.resource_type },
  { kind: 'text', value: ({ row }) => row.resource_id },
  { kind: 'boolean', value: ({ row }) => row.denied },
  { kind: 'text', value: ({ row }) => row.decision_id },
  { kind: 'text', value: ({ row }) => row.fingerprint },
  { kind: 'text', value: ({ row }) => row.surface_hash },
  { kind: 'text', value: ({ row }) => row.producer_id },
  { kind: 'bigint', value: ({ row }) => row.producer_seq },
  { kind: 'boolean', value: ({ row }) => row.sampled },
  { kind: 'boolean', value: ({ attested }) => attested },
  { kind: 'uinteger', value: ({ segment }) => segment },
  { kind: 'ubigint', value: ({ offset }) => offset },
  { kind: 'uinteger', value: ({ index }) => index },
];

/** The four columns by which a row beside a span names it. */
const ofSpan = <Row>(): Column<Beside<Row>>[] => [
  { kind: 'text', value: ({ of }) => of.workspace },
  { kind: 'uuid', value: ({ of }) => of.row.trace_id },
  { kind: 'id', value: ({ of }) => of.row.span_id },
  { kind: 'timestamp', value: ({ of }) => of.row.started_at },
];

const decision = (name: keyof DecisionRow, kind: ColumnKind = 'text') => ({
  kind,
  value: ({ row }: Beside<DecisionRow>) => row[name],
});

export const DECISION_SPANS: readonly Column<Beside<DecisionRow>>[] = [
  ...ofSpan<DecisionRow>(),
  decision('decision_id'),
  decision('effect'),
  decision('enforcement'),
  decision('reason'),
  decision('cached', 'boolean'),
  decision('engine'),
  decision('policy'),
  decision('policy_version'),
  decision('rules', 'texts'),
  decision('principal_id'),
  decision('principal_type'),
  decision('delegation_type'),
  decision('delegation_chain', 'texts'),
];

const approval = (name: keyof ApprovalRow, kind: ColumnKind = 'text') => ({
  kind,
  value: ({ row }: Beside<ApprovalRow>) => row[name],
});

export const APPROVAL_SPANS: readonly Column<Beside<ApprovalRow>>[] = [
  ...ofSpan<ApprovalRow>(),
  approval('approval_id'),
  approval('decision_id'),
  approval('tier'),
  approval('outcome'),
  approval('source'),
  approval('approver'),
  approval('approver_type'),
  approval('requested_at', 'timestamp'),
];

const credential = (name: keyof CredentialRow, kind: ColumnKind = 'text') => ({
  kind,
  value: ({ row }: Beside<CredentialRow>) => row[name],
});

export const CREDENTIAL_SPANS: readonly Column<Beside<CredentialRow>>[] = [
  ...ofSpan<CredentialRow>(),
  credential('fingerprint'),
  credential('event'),
  credential('type'),
  credential('issuer'),
  credential('audience'),
  credential('credential_id'),
  credential('issued_at', 'timestamp'),
  credential('expires_at', 'timestamp'),
  credential('revoked_at', 'timestamp'),
  credential('scopes', 'texts'),
  credential('scopes_requested', 'texts'),
  credential('parent_fingerprint'),
];

export const SURFACE_SPANS: readonly Column<Beside<SurfaceRow>>[] = [
  ...ofSpan<SurfaceRow>(),
  { kind: 'text', value: ({ row }) => row.kind },
  { kind: 'text', value: ({ row }) => row.source },
  { kind: 'text', value: ({ row }) => row.source_ref },
  { kind: 'text', value: ({ row }) => row.surface_hash },
  { kind: 'uinteger', value: ({ row }) => row.part },
  { kind: 'uinteger', value: ({ row }) => row.parts },
];

export const SURFACES: readonly Column<HeldRow>[] = [
  { kind: 'text', value: ({ workspace }) => workspace },
  { kind: 'text', value: ({ surface_hash }) => surface_hash },
  { kind: 'text', value: ({ held }) => held.permission },
  { kind: 'text', value: ({ held }) => held.resource_pattern },
];

/** Grants from elsewhere: held from an instant on, until the same source says otherwise. */
export const GRANTS: readonly Column<GrantRow>[] = [
  { kind: 'text', value: ({ grants }) => grants.workspace },
  { kind: 'text', value: ({ grants }) => grants.environment },
  { kind: 'text', value: ({ grants }) => grants.agent },
  { kind: 'text', value: () => '' },
  { kind: 'uuid', value: () => null },
  { kind: 'text', value: () => 'import' },
  { kind: 'text', value: ({ grants }) => grants.source },
  { kind: 'text', value: ({ grants }) => grants.source_ref },
  { kind: 'text', value: ({ surface_hash }) => surface_hash },
  { kind: 'timestamp', value: ({ grants }) => grants.granted_at },
  { kind: 'timestamp', value: () => null },
  // Keys are given by sql/load/touch_grants.sql.
  { kind: 'id', value: () => null },
  { kind: 'id', value: () => null },
];

export const PENDING_TRACES: readonly Column<PendingTrace>[] = [
  { kind: 'text', value: ({ workspace }) => workspace },
  { kind: 'uuid', value: ({ trace_id }) => trace_id },
  { kind: 'timestamp', value: ({ first_started_at }) => first_started_at },
  { kind: 'timestamp', value: ({ last_started_at }) => last_started_at },
];

export const PICKED_TRACES: readonly Column<PickedTrace>[] = [
  { kind: 'text', value: ({ workspace }) => workspace },
  { kind: 'uuid', value: ({ trace_id }) => trace_id },
];

export const CANDIDATE_SPANS: readonly Column<CandidateSpan>[] = [
  { kind: 'text', value: ({ span }) => span.workspace },
  { kind: 'uuid', value: ({ span }) => span.row.trace_id },
  { kind: 'id', value: ({ span }) => span.row.span_id },
  { kind: 'uinteger', value: ({ load_row }) => load_row },
];

export const CANDIDATE_SURFACES: readonly Column<CandidateSurface>[] = [
  { kind: 'text', value: ({ workspace }) => workspace },
  { kind: 'text', value: ({ surface_hash }) => surface_hash },
];
