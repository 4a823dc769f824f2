-- question: How much privilege did a session hold and use, and what of it was wasted or left behind?
-- grain: one row
-- privilege-seconds: weight of a permission times the seconds that it was held, overlapping grants counted once
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: now timestamp     nothing after it is known
-- column: used double      of permissions that the session used, while it ran
-- column: wasted double    of permissions that it did not use, while it ran
-- column: idle double      of tokens issued in it, after its end and outside of every other session of the agent
-- column: held_s double    seconds of the session with anything held
-- column: peak integer     most weight held at once
with bounds as (
  from bounds_of($workspace, $environment, $agent, $session)
),
granted as (
  select s.permission, s.resource_pattern, g.granted_at, least(g.ended_at, $now) as ended_at,
    g.kind = 'token' and g.is_own as is_own
  from bounds b
  join session_grants_of($workspace, $environment, $agent, $session) g
    on g.granted_at <= b.ended_at and g.ended_at >= b.started_at and g.granted_at < $now
  join surfaces s on s.workspace = $workspace and s.surface_hash = g.surface_hash
),
spells as (
  select permission, resource_pattern, true as inside,
    greatest(granted_at, b.started_at) as from_at, least(g.ended_at, b.ended_at) as to_at
  from granted g, bounds b
  union all
  select permission, resource_pattern, false, greatest(granted_at, b.ended_at), g.ended_at
  from granted g, bounds b
  where g.is_own and g.ended_at > b.ended_at
),
apart as (
  select *, from_at > max(to_at) over (
      partition by permission, resource_pattern, inside order by from_at, to_at
      rows between unbounded preceding and 1 preceding) as apart
  from spells
  where from_at <= to_at
),
numbered as (
  select *, count(*) filter (where apart) over (
      partition by permission, resource_pattern, inside order by from_at, to_at
      rows unbounded preceding) as island
  from apart
),
held as materialized (
  select n.permission, n.resource_pattern, n.inside, min(n.from_at) as from_at,
    max(n.to_at) as to_at,
    any_value(weight_of(coalesce(c.risk, risk_of_name(n.permission), 'write')))
      as weight
  from numbered n
  left join permission_risks c on c.permission = n.permission
  group by n.permission, n.resource_pattern, n.inside, n.island
),
exercised as (
  select distinct permission, resource_type, resource_id
  from permission_uses
  where workspace = $workspace and environment = $environment and agent = $agent
    and session = $session and uses > 0
),
used as (
  select distinct h.permission, h.resource_pattern
  from held h
  join exercised e on covers(h.permission, e.permission)
    and covers_resource(h.resource_pattern, e.resource_type, e.resource_id)
),
runs as (
  select started_at, ended_at
  from session_rows_of($workspace, $environment, [$agent], null, timestamp '1970-01-01', $now, $now)
  where session <> $session
),
others as (
  select started_at, max(ended_at) over (order by started_at, ended_at
    rows between unbounded preceding and 1 preceding) as before_at, ended_at
  from runs
  where ended_at > (select ended_at from bounds)
),
-- Time of other sessions that no earlier one of them has counted.
busy as (
  select greatest(started_at, before_at) as from_at, ended_at as to_at
  from others
  where before_at is null or ended_at > before_at
),
left_behind as (
  select h.weight * (seconds_between(h.from_at, h.to_at) - coalesce(sum(
      greatest(0, seconds_between(greatest(h.from_at, b.from_at), least(h.to_at, b.to_at))))
      filter (where b.from_at is not null), 0))
    as idle
  from held h
  left join busy b on b.from_at < h.to_at and b.to_at > h.from_at
  where not h.inside
  group by h.permission, h.resource_pattern, h.from_at, h.to_at, h.weight
),
running as (
  select h.*, u.permission is not null as is_used,
    greatest(h.from_at, max(h.to_at) over (order by h.from_at, h.to_at, h.permission,
      h.resource_pattern rows between unbounded preceding and 1 preceding)) as uncounted_from
  from held h
  left join used u using (permission, resource_pattern)
  where h.inside
),
peaks as (
  select a.from_at, sum(b.weight) as weight
  from (select distinct from_at from running) a
  join running b on b.from_at <= a.from_at and b.to_at >= a.from_at
  group by a.from_at
)
select
  coalesce(sum(weight * seconds_between(from_at, to_at)) filter (where is_used), 0)::double as used,
  coalesce(sum(weight * seconds_between(from_at, to_at)) filter (where not is_used), 0)::double
    as wasted,
  (select coalesce(sum(idle), 0) from left_behind)::double as idle,
  coalesce(sum(greatest(0, seconds_between(uncounted_from, to_at))), 0)::double as held_s,
  (select coalesce(max(weight), 0) from peaks)::bigint as peak
from running;
