-- Which of the candidate spans are stored already; the range of instants lets most of the table be skipped.
-- A span without a clock is stored under the instant at which it came first, so those are all looked at: few are.
-- param: first_started_at timestamp   earliest candidate
-- param: last_started_at timestamp    latest candidate
select candidate.load_row
from candidate_spans as candidate
semi join (
  select workspace, trace_id, span_id
  from spans
  where started_at between $first_started_at and $last_started_at
  union all
  select workspace, trace_id, span_id
  from spans
  where told_at is not null
) as stored
  using (workspace, trace_id, span_id)
order by candidate.load_row;
