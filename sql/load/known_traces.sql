-- Of which candidate traces spans are stored already; the range of instants lets most of the table be skipped.
-- A span without a clock is stored under the instant at which it came first, so those are all looked at: few are.
-- param: first_started_at timestamp   earliest candidate
-- param: last_started_at timestamp    latest candidate
select workspace, trace_id
from (
  select workspace, trace_id
  from spans
  where started_at between $first_started_at and $last_started_at
  union all
  select workspace, trace_id
  from spans
  where told_at is not null
)
semi join candidate_traces
  using (workspace, trace_id)
group by workspace, trace_id
order by workspace, trace_id;
