-- question: Which session is each part of, where no span told one?
-- grain: one row per part without a told session, of this round or near it in time
-- Parts of one agent less than 30 minutes apart are one session, named by the trace that began first.

create or replace temp table settling_islands as
with new_parts as (
  select t.workspace, p.environment, p.agent, t.trace_id, p.part, n.started_at, n.last_span_at
  from settling_parts as p
  inner join settling_traces as t on t.trace = p.trace
  inner join settling_totals as n on n.part = p.part
  where p.session is null
),
-- What these traces settled to before counts too: a part that left may have held two others together.
old_parts as (
  select s.workspace, s.environment, s.agent, s.started_at, s.last_span_at
  from session_parts as s
  inner join settling_traces as t on t.workspace = s.workspace and t.trace_id = s.trace_id
  where t.again and not s.session_told
),
reaches as (
  select
    workspace, environment, agent,
    min(started_at) - interval 30 minutes as reach_from,
    max(last_span_at) + interval 30 minutes as reach_to
  from (
    select workspace, environment, agent, started_at, last_span_at from new_parts
    union all
    select * from old_parts
  )
  group by workspace, environment, agent
),
near_sessions as (
  select s.workspace, s.environment, s.agent, s.session
  from session_parts as s
  inner join reaches as r
    on r.workspace = s.workspace and r.environment = s.environment and r.agent = s.agent
  where not s.session_told
  group by s.workspace, s.environment, s.agent, s.session
  having max(s.last_span_at) >= min(r.reach_from) and min(s.started_at) <= max(r.reach_to)
),
kept_parts as (
  select
    s.workspace, s.environment, s.agent, s.trace_id, s.started_at, s.last_span_at,
    s.session as session_before
  from session_parts as s
  inner join near_sessions as n
    on n.workspace = s.workspace and n.environment = s.environment
    and n.agent = s.agent and n.session = s.session
  left join settling_traces as t on t.workspace = s.workspace and t.trace_id = s.trace_id
  where not s.session_told and t.trace is null
),
parts as (
  select *, null::integer as part from kept_parts
  union all
  select workspace, environment, agent, trace_id, started_at, last_span_at, null, part
  from new_parts
),
reached as (
  select *, max(last_span_at) over (
    partition by workspace, environment, agent order by started_at, trace_id
    rows between unbounded preceding and 1 preceding
  ) as reached_at
  from parts
),
numbered as (
  select *, count(*) filter (
    where reached_at is null or started_at >= reached_at + interval 30 minutes
  ) over (
    partition by workspace, environment, agent order by started_at, trace_id
    rows unbounded preceding
  ) as island
  from reached
)
select workspace, trace_id, part, session_before, first_value(replace(trace_id::varchar, '-', '')) over (
  partition by workspace, environment, agent, island order by started_at, trace_id
) as session
from numbered;

-- Traces of other rounds that are now of another session are settled again.
insert into settle_next
select distinct workspace, trace_id
from settling_islands
where part is null and session <> session_before;
