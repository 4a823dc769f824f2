-- question: Which actions name their decision?
-- grain: adds pairs; first rule: the decision's id, second rule: the tool call's id
-- The span of a tool may hold its decision inside, so an action counts from its end here.

insert into settling_events
select trace, hash(decision_id), false, ended_at, span_id
from settling_decisions
where decision_id is not null
union all
select trace, hash(decision_id), true, ended_at, head
from settling_acts
where decision_id is not null;

insert into settling_pairs select * from settling_matches;

delete from settling_events;

insert into settling_events
select d.trace, hash(d.tool_call_id), false, d.ended_at, d.span_id
from settling_decisions as d
left join settling_pairs as p on p.trace = d.trace and p.decision_span = d.span_id
where d.tool_call_id is not null and p.head is null
union all
select a.trace, hash(a.tool_call_id), true, a.ended_at, a.head
from settling_acts as a
left join settling_pairs as p on p.trace = a.trace and p.head = a.head
where a.tool_call_id is not null and p.head is null;

insert into settling_pairs select * from settling_matches;

delete from settling_events;
