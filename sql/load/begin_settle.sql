-- Fills `settling` from the picked traces: whether settled before, and the instants between which their spans lie.
truncate settling;
truncate settle_next;
insert into settling
with
pending as (
  select
    workspace,
    trace_id,
    min(first_started_at) as first_started_at,
    max(last_started_at) as last_started_at
  from (
    select workspace, trace_id, first_started_at, last_started_at from pending_traces
    union all
    -- Their sessions do not reach to where these are stored.
    select workspace, trace_id, started_at, started_at from spans where told_at is not null
  )
  semi join picked_traces
    using (workspace, trace_id)
  group by all
),
settled as (
  select
    workspace,
    trace_id,
    min(started_at) as first_started_at,
    max(last_span_at) as last_started_at
  from (
    select workspace, trace_id, started_at, last_span_at from session_parts
    union all
    select workspace, trace_id, started_at, last_span_at from quiet_traces
  )
  semi join picked_traces
    using (workspace, trace_id)
  group by all
)
select
  pending.workspace,
  pending.trace_id,
  settled.trace_id is not null as again,
  least(pending.first_started_at, settled.first_started_at) as first_started_at,
  greatest(pending.last_started_at, settled.last_started_at) as last_started_at
from pending
left join settled
  using (workspace, trace_id)
where coalesce(pending.first_started_at, settled.first_started_at) is not null
order by pending.workspace, pending.trace_id;
