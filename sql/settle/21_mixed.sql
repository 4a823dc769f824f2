-- question: In traces of several agents or sessions, whose is each span?
-- grain: one row per span of a mixed trace
-- A span is its own agent's, else its nearest ancestor's that names one, else its trace's; the same for sessions.

create or replace temp table settling_mixed as
with recursive mixed as (
  select s.trace, s.span_id, s.parent_span_id, s.agent, s.session, s.environment
  from settling_spans as s
  inner join settling_told as t on t.trace = s.trace
  where t.mixed
),
-- Every span has one parent, so going down from a span that names an agent meets each span once.
agents as (
  select trace, span_id, agent from mixed where agent is not null
  union all
  select child.trace, child.span_id, carried.agent
  from agents as carried
  inner join mixed as child
    on child.trace = carried.trace and child.parent_span_id = carried.span_id
  where child.agent is null
),
sessions as (
  select trace, span_id, session from mixed where session is not null
  union all
  select child.trace, child.span_id, carried.session
  from sessions as carried
  inner join mixed as child
    on child.trace = carried.trace and child.parent_span_id = carried.span_id
  where child.session is null
)
select
  mixed.trace,
  mixed.span_id,
  mixed.parent_span_id,
  coalesce(agents.agent, told.agent) as agent,
  coalesce(sessions.session, told.session) as session,
  coalesce(nullif(mixed.environment, 'default'), told.environment) as environment
from mixed
inner join settling_told as told on told.trace = mixed.trace
left join agents on agents.trace = mixed.trace and agents.span_id = mixed.span_id
left join sessions on sessions.trace = mixed.trace and sessions.span_id = mixed.span_id;
