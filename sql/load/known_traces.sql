-- Of which candidate traces spans are stored already; the range of instants lets most of the table be skipped.
-- param: first_started_at timestamp   earliest candidate
-- param: last_started_at timestamp    latest candidate
select distinct workspace, trace_id
from spans
semi join candidate_traces
  using (workspace, trace_id)
where started_at between $first_started_at and $last_started_at
order by workspace, trace_id;
