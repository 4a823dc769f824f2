-- How many of the spans that came again tell other things than those kept; where they came from and when is no content.
-- param: first_started_at timestamp   earliest of them
-- param: last_started_at timestamp    latest of them
with kept as (
  select spans.*
  from spans
  semi join repeated_spans using (workspace, trace_id, span_id)
  where started_at between $first_started_at and $last_started_at
),
kept_decisions as (
  select decision_spans.*
  from decision_spans
  semi join repeated_decisions using (workspace, trace_id, span_id)
  where started_at between $first_started_at and $last_started_at
),
other_spans as (
  select * exclude (received_at, attested, journal_segment, journal_offset, journal_index)
  from repeated_spans
  except
  select * exclude (received_at, attested, journal_segment, journal_offset, journal_index)
  from kept
),
other_decisions as (
  select * from repeated_decisions
  except
  select * from kept_decisions
)
select count(*) as conflicts
from (
  select workspace, trace_id, span_id from other_spans
  union
  select workspace, trace_id, span_id from other_decisions
);
