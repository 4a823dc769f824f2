-- question: Which decision stands before an action that names none?
-- grain: adds pairs; third rule: same parent and permission, the decision ended before the action began
-- Every span of an action stands for it, since the decision may be a sibling of the inner one.
-- OpenTelemetry's JavaScript SDKs begin a span on a whole millisecond, cut, and end it on a part of one: a decision
-- that took less stands after an action that began later in the same millisecond.

insert into settling_events
select d.trace, hash(d.parent_span_id, d.permission), false, d.enforcement is not distinct from 'shadow', d.ended_at, d.span_id
from settling_decisions as d
left join settling_pairs as p on p.trace = d.trace and p.decision_span = d.span_id
where d.permission is not null and p.head is null
union all
select a.trace, hash(a.parent_span_id, a.permission), true, false, a.started_at + interval 999 microseconds, a.span_id
from settling_actions as a
left join settling_pairs as p on p.trace = a.trace and p.head = a.head
where a.permission is not null and p.head is null;

insert into settling_pairs
select m.trace, m.decision_span, a.head
from settling_matches as m
inner join settling_actions as a on a.trace = m.trace and a.span_id = m.head;

-- A decision that was kept for later calls serves every further action that it fits.
insert into settling_pairs
with unpaired as (
  select a.trace, a.head, a.decision_id, a.parent_span_id, a.permission, a.started_at
  from settling_actions as a
  left join settling_pairs as p on p.trace = a.trace and p.head = a.head
  where p.head is null
)
select u.trace, d.span_id, u.head
from unpaired as u
inner join settling_decisions as d on d.trace = u.trace and d.cached
where d.decision_id = u.decision_id
  or (
    d.permission = u.permission
    and d.parent_span_id is not distinct from u.parent_span_id
    and d.ended_at <= u.started_at + interval 999 microseconds
  )
qualify row_number() over (
  partition by u.trace, u.head
  order by d.decision_id is distinct from u.decision_id, d.ended_at desc, d.span_id
) = 1;
