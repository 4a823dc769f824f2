-- question: Which permissions did a session hold, from when to when, and what of them had it used?
-- grain: one row per permission and resource pattern held in it, and one per permission used without a grant; the heaviest first
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: limit integer     rows at most
-- column: permission text            as it is granted, else as it was used
-- column: resource_pattern text      what it is granted on, * for all
-- column: risk text                  its class
-- column: weight integer             1, 3 or 10
-- column: granted_by text[]          kinds of grant: token, policy, tool_list, import
-- column: held struct[]              its stretches within the session; to is null where it is held to its end
-- column: uses integer               of what it covers, in this session
-- column: first_used_at timestamp?   the first of them
-- column: last_used_at timestamp?    the last of them
with bounds as (
  select session_key, started_at, last_span_at as ended_at
  from bounds_of($workspace, $environment, $agent, $session)
),
stretches as (
  select g.kind, g.surface_hash, greatest(g.granted_at, b.started_at) as from_at,
    case when g.ended_at < b.ended_at then g.ended_at end as to_at
  from bounds b
  join session_grants_of($workspace, $environment, $agent, $session) g
    on g.granted_at <= b.ended_at and g.ended_at >= b.started_at
),
held as (
  select s.permission, s.resource_pattern, list_sort(list(distinct h.kind)) as granted_by,
    list_sort(list(distinct {'from': h.from_at, 'to': h.to_at})) as held
  from stretches h
  join surfaces s on s.workspace = $workspace and s.surface_hash = h.surface_hash
  group by s.permission, s.resource_pattern
),
used as (
  select p.permission, sum(u.uses)::bigint as uses, min(u.first_used_at) as first_used_at,
    max(u.last_used_at) as last_used_at
  from bounds b
  join session_uses u using (session_key)
  join permissions p using (permission_key)
  where u.uses > 0
  group by p.permission
),
-- A grant of `crm:*` is used by a use of `crm:read`.
paid as (
  select h.permission, h.resource_pattern, any_value(h.granted_by) as granted_by,
    any_value(h.held) as held, coalesce(sum(u.uses), 0)::bigint as uses,
    min(u.first_used_at) as first_used_at, max(u.last_used_at) as last_used_at
  from held h
  left join used u on covers(h.permission, u.permission)
  group by h.permission, h.resource_pattern
),
unpaid as (
  select u.permission, '*' as resource_pattern, []::varchar[] as granted_by, [] as held, u.uses,
    u.first_used_at, u.last_used_at
  from used u
  where not exists (from held h where covers(h.permission, u.permission))
)
select r.permission, r.resource_pattern, k.risk, weight_of(k.risk) as weight, r.granted_by, r.held, r.uses,
  r.first_used_at, r.last_used_at
from (from paid union all from unpaid) r
join risks_of($workspace) k using (permission)
order by weight desc, r.permission, r.resource_pattern
limit $limit;
