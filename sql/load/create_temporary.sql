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
create temp table settle_next (
  workspace varchar,
  trace_id uuid
);
