-- question: Which action followed a decision that only the engine's log tells?
-- grain: adds pairs; fourth rule: the action that asked, around it; fifth: the same permission, the decision before
-- A log knows the trace at best, not where in it the agent stood: its parent is a span of the engine.

create or replace temp table settling_unpaired as
select d.trace, d.span_id, d.parent_span_id, d.permission, d.ended_at
from settling_decisions as d
inner join settling_told_by as l on l.trace = d.trace and l.span_id = d.span_id and l.logged
left join settling_pairs as p on p.trace = d.trace and p.decision_span = d.span_id
where p.head is null;

insert into settling_pairs
with recursive climbs as (
  select u.trace, u.span_id, u.ended_at, u.parent_span_id as above, 1 as steps
  from settling_unpaired as u
  where u.parent_span_id is not null
  union all
  select c.trace, c.span_id, c.ended_at, s.parent_span_id, c.steps + 1
  from climbs as c
  inner join settling_spans as s on s.trace = c.trace and s.span_id = c.above
  where s.fact not in ('action', 'agent') and c.steps < 8
)
select c.trace, c.span_id, a.head
from climbs as c
inner join settling_actions as a on a.trace = c.trace and a.span_id = c.above
left join settling_pairs as p on p.trace = a.trace and p.head = a.head
where p.head is null
qualify row_number() over (partition by c.trace, a.head order by c.ended_at, c.span_id) = 1
  and row_number() over (partition by c.trace, c.span_id order by c.steps) = 1;

delete from settling_events;

insert into settling_events
select u.trace, hash(u.permission), false, false, u.ended_at, u.span_id
from settling_unpaired as u
left join settling_pairs as p on p.trace = u.trace and p.decision_span = u.span_id
where u.permission is not null and p.head is null
union all
select a.trace, hash(a.permission), true, false, a.started_at, a.head
from settling_acts as a
semi join settling_unpaired as u on u.trace = a.trace
left join settling_pairs as p on p.trace = a.trace and p.head = a.head
where a.permission is not null and p.head is null;

insert into settling_pairs select * from settling_matches;
