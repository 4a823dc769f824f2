-- Counts the spans that came again, and those of them that tell other things than those kept.
-- Where they came from and when is no content, so that of a clock that cannot be right its own word is compared.
-- param: first_started_at timestamp   earliest of them
-- param: last_started_at timestamp    latest of them
merge into repeats as r
using (
  with kept as (
    select spans.*
    from spans
    semi join repeated_spans using (workspace, trace_id, span_id)
    where started_at between $first_started_at and $last_started_at or told_at is not null
  ),
  kept_decisions as (
    select decision_spans.*
    from decision_spans
    semi join repeated_decisions using (workspace, trace_id, span_id)
    where started_at between $first_started_at and $last_started_at
      or (workspace, trace_id, span_id) in (
        select (workspace, trace_id, span_id) from spans where told_at is not null)
  ),
  other_spans as (
    select * exclude (received_at, attested, journal_segment, journal_offset, journal_index)
      replace (
        coalesce(told_at, started_at) as started_at,
        case when told_at is null then ended_at end as ended_at
      )
    from repeated_spans
    except
    select * exclude (received_at, attested, journal_segment, journal_offset, journal_index)
      replace (
        coalesce(told_at, started_at) as started_at,
        case when told_at is null then ended_at end as ended_at
      )
    from kept
  ),
  other_decisions as (
    select * exclude (started_at) from repeated_decisions
    except
    select * exclude (started_at) from kept_decisions
  ),
  others as (
    select workspace, trace_id, span_id from other_spans
    union
    select workspace, trace_id, span_id from other_decisions
  )
  select s.workspace, s.environment, count(*) as duplicates,
    count(*) filter (where (s.workspace, s.trace_id, s.span_id) in (
      select (workspace, trace_id, span_id) from others)) as conflicts
  from repeated_spans as s
  group by s.workspace, s.environment
) as came
  on r.workspace = came.workspace and r.environment = came.environment
when matched then update set
  duplicates = r.duplicates + came.duplicates,
  conflicts = r.conflicts + came.conflicts
when not matched then insert
  values (came.workspace, came.environment, came.duplicates, came.conflicts);
