// What a commit takes, gathered record by record: the rows of the tables that spans are told in, as columns.
import type { JournalPosition, ToldPermission } from './rows.ts';
import { createTable, type Table } from './table.ts';
import { createTexts, type Texts } from './texts.ts';

/** Columns in the order of sql/duckdb, as of all tables here. */
export const SPANS = {
  workspace: 'text',
  environment: 'text',
  trace_id: 'uuid',
  span_id: 'id',
  parent_span_id: 'id',
  name: 'text',
  span_kind: 'utinyint',
  fact: 'text',
  dialect: 'text',
  started_at: 'timestamp',
  ended_at: 'timestamp',
  received_at: 'timestamp',
  status_code: 'utinyint',
  error_type: 'text',
  service: 'text',
  agent: 'text',
  agent_parent: 'text',
  agent_version: 'text',
  agent_identity: 'text',
  owner: 'text',
  session: 'text',
  task_id: 'text',
  goal: 'text',
  user_id: 'text',
  permission: 'text',
  tool: 'text',
  tool_call_id: 'text',
  required_scopes: 'texts',
  resource_type: 'text',
  resource_id: 'text',
  denied: 'boolean',
  decision_id: 'text',
  fingerprint: 'text',
  surface_hash: 'text',
  producer_id: 'text',
  producer_seq: 'bigint',
  sampled: 'boolean',
  attested: 'boolean',
  journal_segment: 'uinteger',
  journal_offset: 'ubigint',
  journal_index: 'uinteger',
  told_at: 'timestamp',
  model: 'text',
} as const;

/** By these four a row beside a span names it. */
export const OF_SPAN = {
  workspace: 'text',
  trace_id: 'uuid',
  span_id: 'id',
  started_at: 'timestamp',
} as const;

export const DECISION_SPANS = {
  ...OF_SPAN,
  decision_id: 'text',
  effect: 'text',
  enforcement: 'text',
  reason: 'text',
  cached: 'boolean',
  engine: 'text',
  policy: 'text',
  policy_version: 'text',
  rules: 'texts',
  principal_id: 'text',
  principal_type: 'text',
  delegation_type: 'text',
  delegation_chain: 'texts',
  logged: 'boolean',
} as const;

export const APPROVAL_SPANS = {
  ...OF_SPAN,
  approval_id: 'text',
  decision_id: 'text',
  tier: 'text',
  outcome: 'text',
  source: 'text',
  approver: 'text',
  approver_type: 'text',
  requested_at: 'timestamp',
} as const;

export const CREDENTIAL_SPANS = {
  ...OF_SPAN,
  fingerprint: 'text',
  event: 'text',
  type: 'text',
  issuer: 'text',
  audience: 'text',
  credential_id: 'text',
  issued_at: 'timestamp',
  expires_at: 'timestamp',
  revoked_at: 'timestamp',
  scopes: 'texts',
  scopes_requested: 'texts',
  parent_fingerprint: 'text',
  delegation_chain: 'texts',
} as const;

export const SURFACE_SPANS = {
  ...OF_SPAN,
  kind: 'text',
  source: 'text',
  source_ref: 'text',
  surface_hash: 'text',
  part: 'uinteger',
  parts: 'uinteger',
} as const;

export const RESOURCE_SPANS = {
  ...OF_SPAN,
  resource_type: 'text',
  resource_id: 'text',
  event: 'text',
  expires_at: 'timestamp',
  outcome: 'text',
  trigger: 'text',
  failed: 'boolean',
} as const;

/** A surface with the permissions that its hash names. */
export interface Content {
  surface_hash: string;
  permissions: readonly ToldPermission[];
}

/** What is known of a request beside its spans. */
export interface Received {
  workspace: string;
  /** Microseconds since 1970. */
  received_at: number;
  attested: boolean;
  /** Where it stands in the journal. */
  position: JournalPosition;
}

export interface Group {
  texts: Texts;
  spans: Table<typeof SPANS>;
  decisions: Table<typeof DECISION_SPANS>;
  approvals: Table<typeof APPROVAL_SPANS>;
  credentials: Table<typeof CREDENTIAL_SPANS>;
  surfaces: Table<typeof SURFACE_SPANS>;
  resources: Table<typeof RESOURCE_SPANS>;
  /** Content of the surfaces told, by the number of their hash. */
  contents: Map<number, Content>;
  clear(): void;
}

export const createGroup = (): Group => {
  const group: Group = {
    texts: createTexts(),
    spans: createTable(SPANS),
    decisions: createTable(DECISION_SPANS),
    approvals: createTable(APPROVAL_SPANS),
    credentials: createTable(CREDENTIAL_SPANS),
    surfaces: createTable(SURFACE_SPANS),
    resources: createTable(RESOURCE_SPANS),
    contents: new Map(),
    clear() {
      group.texts.clear();
      group.contents.clear();
      for (const table of tablesOf(group)) table.cut(0);
    },
  };
  return group;
};

/** All tables of a group, so that what holds for one is done to each. */
export const tablesOf = (group: Group): Pick<Table<never>, 'cut' | 'leaveOut' | 'rows'>[] => [
  group.spans,
  group.decisions,
  group.approvals,
  group.credentials,
  group.surfaces,
  group.resources,
];
