-- question: Was each action executed with leave, and which scopes and resource did it take?
-- grain: one row per action

-- A refusal told inside of an action that failed by it: a request's 403 and the tool that made the request.
create or replace temp table settling_refused_inside as
with recursive climbs as (
  select d.trace, d.parent_span_id as above, 1 as steps
  from settling_decisions as d
  where d.refuses and d.parent_span_id is not null
    and d.trace in (select trace from settling_acts where denied)
  union
  select c.trace, s.parent_span_id, c.steps + 1
  from climbs as c
  inner join settling_spans as s on s.trace = c.trace and s.span_id = c.above
  where s.fact not in ('action', 'agent') and c.steps < 8
)
select distinct a.trace, a.head
from climbs as c
inner join settling_actions as a on a.trace = c.trace and a.span_id = c.above;

create or replace temp table settling_outcomes as
with decided as (
  select
    p.trace,
    p.head,
    bool_or(d.blocks) as blocked,
    bool_or(d.refuses) as refused,
    min(d.resource_type) as resource_type,
    min(d.resource_id) as resource_id
  from settling_pairs as p
  inner join settling_decisions as d on d.trace = p.trace and d.span_id = p.decision_span
  group by p.trace, p.head
)
select
  a.trace, a.head, a.part, a.started_at, a.attested, a.failed, a.permission, a.odd, a.served_by,
  coalesce(a.resource_type, d.resource_type, '') as resource_type,
  coalesce(a.resource_id, d.resource_id, '') as resource_id,
  not a.denied and not coalesce(d.blocked, false) as executed,
  coalesce(d.refused, false) or (a.denied and i.head is not null) as refused,
  d.head is null as undecided
from settling_acts as a
left join decided as d on d.trace = a.trace and d.head = a.head
left join settling_refused_inside as i on i.trace = a.trace and i.head = a.head;
