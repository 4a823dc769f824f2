-- question: What was used and what refused, part by part?
-- grain: one row per part, permission and resource
-- A refusal that a decision and its action both tell is counted once, at the decision.

create or replace temp table settling_uses as
with named as (
  select o.*, n.permission as name
  from settling_names as n
  inner join settling_outcomes as o on o.trace = n.trace and o.head = n.head
),
scoped as (
  select trace, head, unnest(required_scopes) as scope
  from settling_actions
  where required_scopes is not null
  union
  select p.trace, p.head, unnest(d.required_scopes)
  from settling_pairs as p
  inner join settling_decisions as d on d.trace = p.trace and d.span_id = p.decision_span
  where d.required_scopes is not null
),
occasions as (
  select
    part, name as permission, resource_type, resource_id, started_at as occurred_at,
    executed, not executed and not refused as refused, undecided, failed, attested, served_by
  from named
  union all
  select
    o.part, 'oauth:' || s.scope, o.resource_type, o.resource_id, o.started_at,
    true, false, o.undecided, o.failed, o.attested, o.served_by
  from scoped as s
  inner join settling_outcomes as o on o.trace = s.trace and o.head = s.head
  where o.executed
  union all
  select
    d.part, d.permission, coalesce(d.resource_type, ''), coalesce(d.resource_id, ''), d.started_at,
    false, true, false, false, true, null
  from settling_decisions as d
  where d.refuses and d.permission is not null
)
select
  o.part, o.permission, o.resource_type, o.resource_id,
  count(*) filter (where executed) as uses,
  count(*) filter (where executed and undecided) as undecided_uses,
  count(*) filter (where executed and failed) as failed_uses,
  count(*) filter (where refused) as denials,
  min(occurred_at) filter (where executed) as first_used_at,
  max(occurred_at) filter (where executed) as last_used_at,
  min(occurred_at) filter (where refused) as first_denied_at,
  max(occurred_at) filter (where refused) as last_denied_at,
  bool_and(attested) as attested,
  -- A server that is the agent itself hides nothing.
  count(*) filter (where executed and served_by is not null and served_by <> n.agent) as hidden_uses
from occasions as o
inner join settling_named as n on n.part = o.part
where executed or refused
group by o.part, o.permission, o.resource_type, o.resource_id;
