-- question: How much weight did a session hold and had it used, from which instant on?
-- grain: one row per instant at which either changed, the earliest first
-- held: what a grant gave it; used: the weight of the permissions whose first use had come
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: limit integer     rows at most
-- column: occurred_at timestamp  the instant
-- column: held integer           weight held from it on
-- column: used integer           weight of the permissions used by then
with bounds as (
  select session_key, started_at, last_span_at as ended_at
  from bounds_of($workspace, $environment, $agent, $session)
),
overlapping as (
  select distinct g.surface_hash, greatest(g.granted_at, b.started_at) as from_at,
    -- What outlives the session is held to its end and with it.
    case when g.ended_at < b.ended_at then g.ended_at end as to_at
  from bounds b
  join session_grants_of($workspace, $environment, $agent, $session) g on g.granted_at <= b.ended_at and g.ended_at >= b.started_at
),
held as (
  select distinct s.permission, o.from_at, o.to_at
  from overlapping o
  join surfaces s on s.workspace = $workspace and s.surface_hash = o.surface_hash
),
used as (
  select p.permission, min(u.first_used_at) as used_at
  from bounds b
  join session_uses u using (session_key)
  join permissions p using (permission_key)
  where u.uses > 0
  group by p.permission
),
instants as (
  select from_at as occurred_at from held
  union select to_at from held where to_at is not null
  union select used_at from used
  union select started_at from bounds where started_at is not null
  union select ended_at from bounds where ended_at is not null
),
weights as (
  select permission, weight_of(risk) as weight from risks_of($workspace)
),
holding as (
  -- A permission that a policy and a token both grant weighs once.
  select h.occurred_at, sum(w.weight)::bigint as held
  from (
    select distinct i.occurred_at, h.permission
    from instants i
    join held h on h.from_at <= i.occurred_at and (h.to_at is null or h.to_at > i.occurred_at)
  ) h
  join weights w using (permission)
  group by h.occurred_at
),
using_by as (
  select i.occurred_at, sum(w.weight)::bigint as used
  from instants i
  join used u on u.used_at <= i.occurred_at
  join weights w using (permission)
  group by i.occurred_at
)
select i.occurred_at, coalesce(h.held, 0) as held, coalesce(u.used, 0) as used
from instants i
left join holding h using (occurred_at)
left join using_by u using (occurred_at)
order by i.occurred_at
limit $limit;
