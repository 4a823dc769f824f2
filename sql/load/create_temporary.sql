-- The loader's scratch tables; they live in its connection and never on the disk.
create temp table candidate_traces (
  workspace varchar not null,
  trace_id uuid not null
);
create temp table candidate_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  load_row uinteger not null
);
create temp table candidate_surfaces (
  workspace varchar not null,
  surface_hash varchar not null
);
create temp table picked_traces (
  workspace varchar not null,
  trace_id uuid not null
);
create temp table settling (
  workspace varchar,
  trace_id uuid,
  again boolean,
  first_started_at timestamp,
  last_started_at timestamp
);
create temp table touched_sessions (
  session_key ubigint
);
create temp table touched_tokens (
  token_key ubigint
);
create temp table touched_spells (
  agent_hash ubigint,
  day timestamp
);
create temp table touched_days (
  agent_key uinteger,
  day timestamp
);
create temp table settle_next (
  workspace varchar,
  trace_id uuid
);
create temp table repeated_spans as from spans limit 0;
create temp table repeated_decisions as from decision_spans limit 0;
