-- question: Which parts of sessions does a trace hold, and whose is each span?
-- grain: one row per trace, environment, agent and session told (settling_parts), one per span (settling_placed)

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

create or replace temp table settling_placed as
select coalesce(m.part, t.trace) as part, s.*
from settling_spans as s
inner join settling_told as t on t.trace = s.trace
left join settling_places as m on m.trace = s.trace and m.span_id = s.span_id;
