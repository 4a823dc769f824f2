-- Spans as they were told (spans and the *_spans tables beside it), surfaces by content, and what traces settle into.

-- grain: one row per span; told, not inherited: agent and session are null where the span says none
create table spans (
  workspace varchar not null,
  environment varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  parent_span_id ubigint,
  name varchar not null,
  span_kind utinyint not null,
  fact varchar not null,
  dialect varchar not null,
  started_at timestamp not null,
  ended_at timestamp not null,
  received_at timestamp not null,
  status_code utinyint not null,
  error_type varchar,
  service varchar,
  agent varchar,
  agent_parent varchar,
  agent_version varchar,
  agent_identity varchar,
  owner varchar,
  session varchar,
  task_id varchar,
  goal varchar,
  user_id varchar,
  permission varchar,
  tool varchar,
  tool_call_id varchar,
  required_scopes varchar[],
  resource_type varchar,
  resource_id varchar,
  denied boolean not null,
  decision_id varchar,
  fingerprint varchar,
  surface_hash varchar,
  producer_id varchar,
  producer_seq bigint,
  sampled boolean not null,
  attested boolean not null,
  journal_segment uinteger not null,
  journal_offset ubigint not null,
  journal_index uinteger not null
);

-- grain: one row per authorize span
create table decision_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  started_at timestamp not null,
  decision_id varchar,
  effect varchar not null,
  enforcement varchar,
  reason varchar,
  cached boolean not null,
  engine varchar,
  policy varchar,
  policy_version varchar,
  rules varchar[],
  principal_id varchar,
  principal_type varchar,
  delegation_type varchar,
  delegation_chain varchar[]
);

-- grain: one row per request_approval span
create table approval_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  started_at timestamp not null,
  approval_id varchar,
  decision_id varchar,
  tier varchar,
  outcome varchar not null,
  source varchar,
  approver varchar,
  approver_type varchar,
  requested_at timestamp
);

-- grain: one row per span that tells of a token's life or its scopes
create table credential_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  started_at timestamp not null,
  fingerprint varchar not null,
  event varchar not null,
  type varchar,
  issuer varchar,
  audience varchar,
  credential_id varchar,
  issued_at timestamp,
  expires_at timestamp,
  revoked_at timestamp,
  scopes varchar[],
  scopes_requested varchar[],
  parent_fingerprint varchar
);

-- grain: one row per surface told by a span: a list of tools offered, or one part of a snapshot
create table surface_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  started_at timestamp not null,
  kind varchar not null,
  source varchar not null,
  source_ref varchar,
  surface_hash varchar not null,
  part uinteger not null,
  parts uinteger not null
);

-- grain: one row per surface, permission and resource pattern; a surface is named by the hash of its content
create table surfaces (
  workspace varchar not null,
  surface_hash varchar not null,
  permission varchar not null,
  resource_pattern varchar not null
);

-- grain: one row per trace, agent and session; a session is the group of its parts
create table session_parts (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  session_told boolean not null,
  trace_id uuid not null,
  task_id varchar,
  goal varchar,
  user_id varchar,
  owner varchar,
  agent_version varchar,
  agent_identity varchar,
  agent_parent varchar,
  service varchar,
  started_at timestamp not null,
  last_span_at timestamp not null,
  task_ended_at timestamp,
  last_action_at timestamp,
  spans uinteger not null,
  actions uinteger not null,
  decisions uinteger not null,
  denials uinteger not null,
  errors uinteger not null,
  sampled boolean not null,
  attested boolean not null,
  received_at timestamp not null
);

-- grain: one row per trace, agent, session, permission, resource and way of use;
-- used_via: the sub-agent that acted for this agent, else ''; denials: actions refused and decisions denied
create table permission_uses (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  trace_id uuid not null,
  permission varchar not null,
  resource_type varchar not null,
  resource_id varchar not null,
  used_via varchar not null,
  uses uinteger not null,
  undecided_uses uinteger not null,
  failed_uses uinteger not null,
  denials uinteger not null,
  first_used_at timestamp,
  last_used_at timestamp,
  first_denied_at timestamp,
  last_denied_at timestamp,
  attested boolean not null
);

-- grain: one row per decision, paired with its action where there is one
create table decisions (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  decision_id varchar not null,
  occurred_at timestamp not null,
  duration_ms double not null,
  user_id varchar,
  permission varchar,
  resource_type varchar,
  resource_id varchar,
  effect varchar not null,
  enforcement varchar,
  reason varchar,
  cached boolean not null,
  engine varchar,
  policy varchar,
  policy_version varchar,
  rules varchar[],
  principal_id varchar,
  principal_type varchar,
  delegation_type varchar,
  delegation_chain varchar[],
  tier varchar,
  approval_outcome varchar,
  approval_source varchar,
  approver varchar,
  approval_requested_at timestamp,
  approval_answered_at timestamp,
  action_span_id ubigint,
  fingerprint varchar
);

-- grain: one row per trace, token, agent, session and event (issued, exchanged, revoked, used)
create table token_events (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  trace_id uuid not null,
  fingerprint varchar not null,
  event varchar not null,
  type varchar,
  issuer varchar,
  audience varchar,
  issued_at timestamp,
  expires_at timestamp,
  revoked_at timestamp,
  scopes varchar[],
  scopes_requested varchar[],
  parent_fingerprint varchar,
  uses uinteger not null,
  first_used_at timestamp,
  last_used_at timestamp
);

-- grain: one row per grant observed: a surface held by an agent from an instant on
-- kind: tool_list (ends with its session), token (ends with the token), snapshot and import (end at the next of their source)
create table grants (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  trace_id uuid,
  kind varchar not null,
  source varchar not null,
  source_ref varchar not null,
  surface_hash varchar not null,
  granted_at timestamp not null,
  ended_at timestamp
);

-- grain: one row per trace, producer and agent; a gap in the sequence means lost evidence
create table producer_parts (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  producer_id varchar not null,
  trace_id uuid not null,
  first_seq bigint not null,
  last_seq bigint not null,
  spans uinteger not null,
  last_seen_at timestamp not null
);

-- grain: one row; how far the journal is loaded, written in the same transaction as what was loaded
create table journal_position (
  segment uinteger not null,
  next_offset ubigint not null,
  commits ubigint not null,
  spans ubigint not null,
  duplicates ubigint not null
);
