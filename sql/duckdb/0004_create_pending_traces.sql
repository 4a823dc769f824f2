-- Traces that are loaded and not settled: written with the load, taken away with the settle, so that a crash forgets none.

-- grain: one row per commit and trace; the instants are null where a neighbour's settling asks for it again
create table pending_traces (
  workspace varchar not null,
  trace_id uuid not null,
  first_started_at timestamp,
  last_started_at timestamp
);

insert into journal_position values (0, 0, 0, 0, 0);
