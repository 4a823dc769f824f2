-- Traces that say nothing of any agent: remembered, so that their spans are found when later ones do.

-- grain: one row per trace that settled into nothing, with the instants between which its spans begin
create table quiet_traces (
  workspace varchar not null,
  trace_id uuid not null,
  started_at timestamp not null,
  last_span_at timestamp not null
);
