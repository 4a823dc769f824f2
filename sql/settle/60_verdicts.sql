-- question: Was each action executed with leave, and which scopes and resource did it take?
-- grain: one row per action

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
  a.trace, a.head, a.part, a.started_at, a.attested, a.failed, a.permission, a.odd,
  coalesce(a.resource_type, d.resource_type, '') as resource_type,
  coalesce(a.resource_id, d.resource_id, '') as resource_id,
  not a.denied and not coalesce(d.blocked, false) as executed,
  coalesce(d.refused, false) as refused,
  d.head is null as undecided
from settling_acts as a
left join decided as d on d.trace = a.trace and d.head = a.head;
