-- Rollups: what settled is gathered by session, by session and permission, by token, and by day.
-- Hashes of names (functions.sql has their macros) find what belongs together; keys are small numbers in their
-- order of appearance, which join, group and compress several times better than names.

alter table session_parts add column session_key ubigint;
alter table permission_uses add column session_key ubigint;
alter table token_events add column token_key ubigint;
alter table token_events add column session_key ubigint;
alter table grants add column agent_hash ubigint;
alter table grants add column session_key ubigint;

-- grain: one row per agent that has a session, a use or a grant
create table agents (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  agent_hash ubigint not null,
  agent_key uinteger not null
);

-- grain: one row per permission that was ever used or refused
create table permissions (
  permission varchar not null,
  permission_hash ubigint not null,
  permission_key uinteger not null
);

-- grain: one row per set of tool lists that some session was offered, and list in it
create table offers (
  offer_key ubigint not null,
  surface_hash varchar not null
);

-- grain: one row per owner, version and identity that some session told together
create table agent_profiles (
  profile_key ubigint not null,
  owner varchar,
  agent_version varchar,
  agent_identity varchar
);

-- grain: one row per session
-- acted_at: its last action, else its last span; trace_id: its first trace
create table sessions (
  agent_key uinteger not null,
  session_key ubigint not null,
  session varchar not null,
  started_at timestamp not null,
  last_span_at timestamp not null,
  acted_at timestamp not null,
  task_ended_at timestamp,
  task_id varchar,
  goal varchar,
  user_id varchar,
  profile_key ubigint not null,
  offer_key ubigint,
  sampled boolean not null,
  attested boolean not null,
  spans uinteger not null,
  actions uinteger not null,
  decisions uinteger not null,
  denials uinteger not null,
  tokens uinteger not null,
  permissions_used uinteger not null,
  trace_id uuid not null,
  traces uinteger not null
);

-- grain: one row per session, permission and day; days: on how many days that session used or asked for it
create table session_uses (
  agent_key uinteger not null,
  session_key ubigint not null,
  permission_key uinteger not null,
  day timestamp not null,
  days uinteger not null,
  uses uinteger not null,
  denials uinteger not null,
  attested_use boolean not null,
  unattested_use boolean not null,
  first_used_at timestamp,
  last_used_at timestamp,
  first_denied_at timestamp,
  last_denied_at timestamp
);

-- grain: one row per agent and token; session: in which it was issued, else first used
-- late_uses: beyond its end and the clocks' skew
create table tokens (
  agent_key uinteger not null,
  token_key ubigint not null,
  session_key ubigint not null,
  fingerprint varchar not null,
  session varchar not null,
  trace_id uuid not null,
  type varchar,
  issuer varchar,
  audience varchar,
  issued_at timestamp,
  expires_at timestamp,
  revoked_at timestamp,
  ended_at timestamp,
  scopes varchar[],
  scopes_requested varchar[],
  scopes_used varchar[] not null,
  uses uinteger not null,
  late_uses uinteger not null,
  first_used_at timestamp,
  last_used_at timestamp,
  sessions uinteger not null,
  session_ended_at timestamp
);

-- grain: one row per agent, kind, source, surface and day of its tool lists and tokens; of snapshots and
-- imports one per grant, since each ends where the next of its source begins
create table grant_spells (
  agent_key uinteger not null,
  kind varchar not null,
  source varchar not null,
  source_ref varchar not null,
  surface_hash varchar not null,
  day timestamp not null,
  granted_at timestamp not null,
  last_granted_at timestamp not null,
  ended_at timestamp not null
);

-- grain: one row per agent, day, set of tool lists offered and profile, of the sessions begun that day; those
-- that name a task and those that may not speak for their agent stand apart
create table session_days (
  agent_key uinteger not null,
  day timestamp not null,
  offer_key ubigint,
  profile_key ubigint not null,
  tasked boolean not null,
  attested boolean not null,
  sampled boolean not null,
  sessions uinteger not null,
  decisions uinteger not null,
  denials uinteger not null,
  first_started_at timestamp not null,
  last_started_at timestamp not null,
  first_acted_at timestamp not null,
  last_acted_at timestamp not null,
  last_span_at timestamp not null
);

-- grain: one row per agent, permission and day, of the sessions that used or asked for it on that day alone
create table use_days (
  agent_key uinteger not null,
  permission_key uinteger not null,
  day timestamp not null,
  used_sessions uinteger not null,
  attested_sessions uinteger not null,
  uses uinteger not null,
  denials uinteger not null,
  unattested_use boolean not null,
  first_used_at timestamp,
  last_used_at timestamp,
  first_denied_at timestamp,
  last_denied_at timestamp
);
