-- Proposals that keep what is used: a pattern as the permissions that it served, a resource pattern as the resources,
-- a permission as the goals that need it. In all of them `judged` names rows of judged_of, `unit_uses` and `risks`
-- what those macros answered.

-- A list longer than this is no narrower to a reader than the pattern that it replaces.
create or replace macro narrowed_most() as 50;

-- A narrower grant is proposed where coming sessions need something new at most as often as the risk allows.
create or replace macro is_complete(used_once, n, risk, bar) as
  n > 0 and share_bound(used_once, n) <= threshold_of(risk) * bar;

-- A resource as the held pattern speaks of it, which is how an engine is asked of it: by its id, its type and id, or
-- their other spelling. `*` speaks of both; an id that is an address, a path or begins with its type needs no type.
create or replace macro resource_named(pattern, kind, id) as
  case
    when pattern <> '*' and not covers(pattern, id)
      then kind || case when covers(pattern, kind || '/' || id) then '/' else ':' end || id
    when pattern <> '*' or kind = '' or id like 'arn:%' or starts_with(id, kind || ':')
      or contains(id, '/') or contains(id, '\') then id
    else kind || '/' || id
  end;

-- grain: one row per agent and held pattern of permissions, all of whose uses in 400 days are of some of its members
create or replace macro narrowed_permissions_of(ws, env, judged, unit_uses, totals, risks) as table
  with patterns as (
    select j.agent_key, j.permission, j.resource_pattern, j.risk,
      bar_of(b.permission_width, d.kinds, 'narrow_permission') as bar
    from query_table(judged) j
    left join bars_of(ws, env) b on b.environment = j.environment
    left join acted_on_of(ws, env) d using (agent_key, permission, resource_pattern)
    where j.held_now and contains(j.permission, '*') and j.uses > 0
  ),
  members as (
    select p.agent_key, p.permission, p.resource_pattern, any_value(p.risk) as risk,
      any_value(p.bar) as bar, list_sort(list(distinct t.permission)) as proposed
    from patterns p
    join query_table(totals) t on t.agent_key = p.agent_key and covers(p.permission, t.permission)
    where t.history_sessions > 0 or t.unattested_use
    group by p.agent_key, p.permission, p.resource_pattern
    -- A name with a star in it would be a pattern again.
    having not bool_or(contains(t.permission, '*'))
  ),
  once as (
    select p.agent_key, p.permission, p.resource_pattern, count(*) as used_once
    from patterns p
    join (select agent_key, permission from query_table(unit_uses)
      group by agent_key, permission having count(distinct unit) = 1) u
      on u.agent_key = p.agent_key and covers(p.permission, u.permission)
    group by all
  )
  select m.agent_key, m.permission, m.resource_pattern, 'narrow_permission' as kind, m.proposed,
    coalesce(o.used_once, 0) as used_once
  from members m
  join query_table(risks) r using (agent_key)
  left join once o using (agent_key, permission, resource_pattern)
  where len(m.proposed) <= narrowed_most() and not list_contains(m.proposed, m.permission)
    and is_complete(coalesce(o.used_once, 0), r.n, m.risk, m.bar);

-- grain: one row per agent and permission held on a pattern of resources, all of whose uses in 400 days name theirs
create or replace macro narrowed_resources_of(ws, env, as_of, judged, risks) as table
  with patterns as (
    select j.agent_key, j.environment, j.agent, j.permission, j.resource_pattern, j.risk,
      bar_of(b.resource_width, d.kinds, 'narrow_resource') as bar
    from query_table(judged) j
    left join bars_of(ws, env) b on b.environment = j.environment
    left join acted_on_of(ws, env) d using (agent_key, permission, resource_pattern)
    where j.held_now and contains(j.resource_pattern, '*') and not contains(j.permission, '*')
      and j.uses > 0
  ),
  touched as (
    select p.agent_key, p.permission, p.resource_pattern, any_value(p.risk) as risk,
      any_value(p.bar) as bar, resource_named(p.resource_pattern, u.resource_type, u.resource_id) as name,
      bool_and(u.resource_id <> '') as told, count(distinct u.session) as sessions
    from patterns p
    join countable_uses() u on u.environment = p.environment and u.agent = p.agent
      and u.permission = p.permission
    where u.workspace = ws and (env is null or u.environment = env) and u.uses > 0
      and u.first_used_at < as_of and u.last_used_at >= as_of - interval 400 days
      and covers_resource(p.resource_pattern, u.resource_type, u.resource_id)
    group by p.agent_key, p.permission, p.resource_pattern, name
  ),
  named as (
    select agent_key, permission, resource_pattern, any_value(risk) as risk, any_value(bar) as bar,
      list_sort(list(name)) as proposed,
      count(*) filter (where sessions = 1) as used_once
    from touched
    group by agent_key, permission, resource_pattern
    having bool_and(told) and not bool_or(contains(name, '*'))
  )
  select n.agent_key, n.permission, n.resource_pattern, 'narrow_resource' as kind, n.proposed, n.used_once
  from named n
  join query_table(risks) r using (agent_key)
  where len(n.proposed) <= narrowed_most() and not list_contains(n.proposed, n.resource_pattern)
    and is_complete(n.used_once, r.n, n.risk, n.bar);

-- grain: one row per agent and permission in use that only some of its sessions' goals need
create or replace macro goals_of(ws, env, judged, units, unit_uses) as table
  with aims as (
    select agent_key, goal, count(distinct unit) as n from query_table(units)
    where goal is not null group by all
  ),
  needed as (
    select j.agent_key, j.permission, j.resource_pattern, any_value(j.risk) as risk,
      any_value(bar_of(b.goals, d.kinds, 'task_scope')) as bar,
      list_sort(list(distinct u.goal)) as proposed, bool_or(u.goal is null) as aimless
    from query_table(judged) j
    left join bars_of(ws, env) b on b.environment = j.environment
    left join acted_on_of(ws, env) d using (agent_key, permission, resource_pattern)
    join query_table(unit_uses) u on u.agent_key = j.agent_key and u.permission = j.permission
    where j.held_now and j.rule = 'used' and not contains(j.permission, '*') and j.resource_pattern = '*'
    group by j.agent_key, j.permission, j.resource_pattern
  )
  select e.agent_key, e.permission, e.resource_pattern, 'task_scope' as kind, e.proposed,
    sum(a.n)::bigint as elsewhere_n
  from needed e
  join aims a on a.agent_key = e.agent_key and not list_contains(e.proposed, a.goal)
  where not e.aimless
  group by e.agent_key, e.permission, e.resource_pattern, e.risk, e.bar, e.proposed
  having absence_bound(sum(a.n)) <= threshold_of(e.risk) * e.bar;
