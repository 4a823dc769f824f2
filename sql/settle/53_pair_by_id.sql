-- question: Which actions name their decision?
-- grain: adds pairs; first rule: the decision's id, second rule: the tool call's id

-- An id names its decision wherever the two stand in time; sent several times, they pair in their order.
insert into settling_pairs
with asked as (
  select trace, decision_id, span_id, row_number() over (
    partition by trace, decision_id order by started_at, span_id
  ) as turn
  from settling_decisions
  where decision_id is not null
),
acted as (
  select trace, decision_id, head, row_number() over (
    partition by trace, decision_id order by started_at, head
  ) as turn
  from settling_acts
  where decision_id is not null
)
select asked.trace, asked.span_id, acted.head
from asked
inner join acted
  on acted.trace = asked.trace and acted.decision_id = asked.decision_id and acted.turn = asked.turn;

-- Some models number the calls of each step from one, so the nearest decision before the action's end is its own;
-- its end, since the span of a tool may hold its decision inside.
insert into settling_events
select d.trace, hash(d.tool_call_id), false, d.enforcement is not distinct from 'shadow', d.ended_at, d.span_id
from settling_decisions as d
left join settling_pairs as p on p.trace = d.trace and p.decision_span = d.span_id
where d.tool_call_id is not null and p.head is null
union all
select a.trace, hash(a.tool_call_id), true, false, a.ended_at, a.head
from settling_acts as a
left join settling_pairs as p on p.trace = a.trace and p.head = a.head
where a.tool_call_id is not null and p.head is null;

insert into settling_pairs select * from settling_matches;

delete from settling_events;
