-- What each agent held, and from when to when.

-- grain: one row per grant with its end; a list from outside ends where the next of its source begins
create or replace macro grants_until(ws, env, wanted, as_of) as table
  with own as (
    select environment, agent, session, kind, source, source_ref, surface_hash, granted_at, ended_at
    from grants
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and granted_at < as_of
  ),
  lists as (
    select distinct environment, agent, kind, source, granted_at,
      -- An import is all that its source grants, a snapshot all that its policy or role does.
      case kind when 'snapshot' then source_ref else '' end as list
    from own where kind in ('snapshot', 'import')
  ),
  nexts as (
    select *, lead(granted_at) over (partition by environment, agent, kind, source, list
      order by granted_at) as next_at
    from lists
  )
  select environment, agent, session, kind, source, source_ref, surface_hash, granted_at,
    coalesce(ended_at, timestamp '9999-01-01') as ended_at
  from own
  where kind not in ('snapshot', 'import')
  union all
  select o.environment, o.agent, o.session, o.kind, o.source, o.source_ref, o.surface_hash,
    o.granted_at, least(o.ended_at, n.next_at, timestamp '9999-01-01') as ended_at
  from own o
  join nexts n on n.environment = o.environment and n.agent = o.agent and n.kind = o.kind
    and n.source = o.source and n.granted_at = o.granted_at
    and n.list = case o.kind when 'snapshot' then o.source_ref else '' end;

-- grain: one row per agent, permission, resource pattern and island of its grants; gaps up to 14 days are merged
create or replace macro islands_of(ws, env, wanted, as_of) as table
  -- Grants that begin less than 14 days apart are of one island whatever lies between.
  with fortnights as (
    select environment, agent, kind, source, surface_hash,
      time_bucket(interval 14 days, granted_at) as fortnight,
      min(granted_at) as granted_at, max(granted_at) as last_granted_at,
      max(ended_at) as ended_at, arg_max(source_ref, granted_at) as source_ref
    from grants_until(ws, env, wanted, as_of)
    group by all
  ),
  -- First by surface, of which an agent has few, so that its permissions need little sorting.
  apart as (
    select *, granted_at > max(ended_at) over (
        partition by environment, agent, kind, source, surface_hash
        order by granted_at, ended_at rows between unbounded preceding and 1 preceding)
        + interval 14 days as apart
    from fortnights
  ),
  runs as (
    select *, count(*) filter (where apart) over (
        partition by environment, agent, kind, source, surface_hash
        order by granted_at, ended_at rows unbounded preceding) as run
    from apart
  ),
  merged as (
    select environment, agent, kind, source, surface_hash, min(granted_at) as granted_at,
      max(last_granted_at) as last_granted_at, max(ended_at) as ended_at,
      max_by(source_ref, granted_at) as source_ref
    from runs
    group by environment, agent, kind, source, surface_hash, run
  ),
  held as (
    select m.environment, m.agent, s.permission, s.resource_pattern, m.kind, m.source, m.source_ref,
      m.granted_at, m.last_granted_at, m.ended_at
    from merged m
    join surfaces s on s.workspace = ws and s.surface_hash = m.surface_hash
  ),
  starts as (
    select *, granted_at > max(ended_at) over (
        partition by environment, agent, permission, resource_pattern
        order by granted_at, ended_at rows between unbounded preceding and 1 preceding)
        + interval 14 days as apart
    from held
  ),
  numbered as (
    select *, count(*) filter (where apart) over (
        partition by environment, agent, permission, resource_pattern
        order by granted_at, ended_at rows unbounded preceding) as island
    from starts
  )
  select environment, agent, permission, resource_pattern, island,
    min(granted_at) as held_since, max(last_granted_at) as granted_at, max(ended_at) as ended_at,
    max(case when kind = 'tool_list' then ended_at + interval 14 days else ended_at end)
      as held_until,
    -- A list of tools speaks for the agent for 14 days; all else until it ends.
    bool_or(case when kind = 'tool_list' then ended_at >= as_of - interval 14 days
      else ended_at > as_of end) as held_now,
    bool_or(kind <> 'tool_list') as by_interval,
    list_sort(list_distinct(list(source))) as granted_by,
    -- Of tokens the latest names them all.
    list_sort(list_filter(list_distinct(list_append(
      list(source_ref) filter (where kind <> 'token'),
      max_by(source_ref, granted_at) filter (where kind = 'token'))), lambda r: r <> ''))
      as source_ref
  from numbered
  group by all;
