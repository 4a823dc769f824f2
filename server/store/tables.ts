// The small tables that the loader writes beside the spans: their columns in the order of sql/duckdb and sql/load.

export const SURFACES = {
  workspace: 'text',
  surface_hash: 'text',
  permission: 'text',
  resource_pattern: 'text',
  definition: 'text',
} as const;

/** Grants from elsewhere: held from an instant on, until the same source says otherwise. */
export const GRANTS = {
  workspace: 'text',
  environment: 'text',
  agent: 'text',
  session: 'text',
  trace_id: 'uuid',
  kind: 'text',
  source: 'text',
  source_ref: 'text',
  surface_hash: 'text',
  granted_at: 'timestamp',
  ended_at: 'timestamp',
  // Hash and key are given by sql/load/touch_grants.sql.
  agent_hash: 'id',
  session_key: 'id',
} as const;

/** What people ruled, mirrored whole from the control data. */
export const RULINGS = {
  exemptions: {
    workspace: 'text',
    environment: 'text',
    agent: 'text',
    permission: 'text',
    resource_pattern: 'text',
    owner: 'text',
    reason: 'text',
    created_at: 'timestamp',
    expires_at: 'timestamp',
  },
  quarantines: {
    workspace: 'text',
    environment: 'text',
    agent: 'text',
    session: 'text',
    permission: 'text',
    reason: 'text',
    created_at: 'timestamp',
  },
  recommendation_states: {
    workspace: 'text',
    recommendation_id: 'text',
    kind: 'text',
    environment: 'text',
    agent: 'text',
    permission: 'text',
    resource_pattern: 'text',
    subject: 'text',
    proposed: 'texts',
    state: 'text',
    since: 'timestamp',
    due_at: 'timestamp',
    reason: 'text',
    actor: 'text',
    digest: 'text',
    restores: 'uinteger',
  },
  confirmations: {
    workspace: 'text',
    environment: 'text',
    agent: 'text',
    session: 'text',
    reason: 'text',
    created_at: 'timestamp',
  },
  young_days: { risk: 'text', days: 'uinteger' },
  agent_owners: {
    workspace: 'text',
    environment: 'text',
    agent: 'text',
    owner: 'text',
    created_at: 'timestamp',
  },
} as const;

export const PENDING_TRACES = {
  workspace: 'text',
  trace_id: 'uuid',
  first_started_at: 'timestamp',
  last_started_at: 'timestamp',
} as const;

export const PICKED_TRACES = { workspace: 'text', trace_id: 'uuid' } as const;

export const CANDIDATE_SPANS = {
  workspace: 'text',
  trace_id: 'uuid',
  span_id: 'id',
  load_row: 'uinteger',
} as const;

export const CANDIDATE_SURFACES = { workspace: 'text', surface_hash: 'text' } as const;
