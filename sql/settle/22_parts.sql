-- question: Which parts of sessions does a trace hold, and whose is each span?
-- grain: one row per trace, environment, agent and session told (settling_parts), one per span of a mixed
-- trace (settling_places), one per trace that says nothing of agents (settling_quiet)

create or replace temp table settling_parts as
with wholes as (
  select trace as part, trace, environment, agent, session
  from settling_told
  where not mixed
),
shares as (
  select distinct trace, environment, agent, session from settling_mixed
),
numbered as (
  select
    ((select count(*) from settling_traces)
      + row_number() over (order by trace, environment, agent, session))::integer as part,
    trace, environment, agent, session
  from shares
)
select * from wholes
union all
select part, trace, environment, agent, session from numbered;

create or replace temp table settling_places as
select m.trace, m.span_id, p.part
from settling_mixed as m
inner join settling_parts as p
  on p.trace = m.trace
  and p.environment = m.environment
  and p.agent = m.agent
  and p.session is not distinct from m.session;

update settling_spans
set part = p.part
from settling_places as p
where p.trace = settling_spans.trace and p.span_id = settling_spans.span_id;

-- Traces that say nothing of any agent leave the round here.
create or replace temp table settling_quiet as
select s.trace, min(s.started_at) as started_at, max(s.started_at) as last_span_at
from settling_spans as s
anti join settling_told as told on told.trace = s.trace
group by s.trace;

delete from settling_spans where trace in (select trace from settling_quiet);
