-- What each agent held, and from when to when.

-- grain: one row per agent asked for
create or replace macro agents_of(ws, env, wanted) as table
  select environment, agent, agent_key, agent_hash
  from agents
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent);

-- A list of tools or a token ends by itself; a list from outside ends where the next of its source begins.
create or replace macro ends_itself(kind) as kind not in ('snapshot', 'import');

-- An import is all that its source grants, a snapshot all that its policy or role does.
create or replace macro list_of(kind, source_ref) as case kind when 'snapshot' then source_ref else '' end;

-- grain: one row per agent, kind, source, surface and day of its grants, as far as they began before as_of;
-- of snapshots and imports one per grant, with its end
create or replace macro spells_until(ws, env, wanted, as_of) as table
  with told as (
    select s.*
    from grant_spells s
    semi join agents_of(ws, env, wanted) using (agent_key)
    where s.granted_at < as_of
  ),
  lists as (
    select distinct agent_key, kind, source, granted_at, list_of(kind, source_ref) as list
    from told where not ends_itself(kind)
  ),
  nexts as (
    select *, lead(granted_at) over (partition by agent_key, kind, source, list order by granted_at)
      as next_at
    from lists
  )
  select agent_key, kind, source, source_ref, surface_hash, granted_at, last_granted_at, ended_at
  from told
  where ends_itself(kind) and last_granted_at < as_of
  union all
  -- Of the day in which as_of lies the grants count that had begun.
  select t.agent_key, g.kind, g.source, max_by(g.source_ref, g.granted_at), g.surface_hash,
    min(g.granted_at), max(g.granted_at), max(coalesce(g.ended_at, timestamp '9999-01-01'))
  from grants g
  join (select distinct told.agent_key, agent_hash, kind, source, surface_hash
    from told join agents using (agent_key)
    where ends_itself(kind) and last_granted_at >= as_of) t
    on t.agent_hash = g.agent_hash and t.kind = g.kind and t.source = g.source
    and t.surface_hash = g.surface_hash
  where g.granted_at >= date_trunc('day', as_of) and g.granted_at < as_of
  group by all
  union all
  select t.agent_key, t.kind, t.source, t.source_ref, t.surface_hash, t.granted_at, t.granted_at,
    least(t.ended_at, n.next_at)
  from told t
  join nexts n on n.agent_key = t.agent_key and n.kind = t.kind and n.source = t.source
    and n.granted_at = t.granted_at and n.list = list_of(t.kind, t.source_ref)
  where not ends_itself(t.kind);

-- grain: one row per agent, permission, resource pattern and island of its grants; gaps up to 14 days are merged
create or replace macro islands_of(ws, env, wanted, as_of) as table
  -- Grants that begin less than 14 days apart are of one island whatever lies between.
  with fortnights as (
    select agent_key, kind, source, surface_hash,
      time_bucket(interval 14 days, granted_at) as fortnight,
      min(granted_at) as granted_at, max(last_granted_at) as last_granted_at,
      max(ended_at) as ended_at, arg_max(source_ref, last_granted_at) as source_ref
    from spells_until(ws, env, wanted, as_of)
    group by all
  ),
  -- First by surface, of which an agent has few, so that its permissions need little sorting.
  apart as (
    select *, granted_at > max(ended_at) over (
        partition by agent_key, kind, source, surface_hash
        order by granted_at, ended_at rows between unbounded preceding and 1 preceding)
        + interval 14 days as apart
    from fortnights
  ),
  runs as (
    select *, count(*) filter (where apart) over (
        partition by agent_key, kind, source, surface_hash
        order by granted_at, ended_at rows unbounded preceding) as run
    from apart
  ),
  merged as (
    select agent_key, kind, source, surface_hash, min(granted_at) as granted_at,
      max(last_granted_at) as last_granted_at, max(ended_at) as ended_at,
      max_by(source_ref, last_granted_at) as source_ref
    from runs
    group by agent_key, kind, source, surface_hash, run
  ),
  held as (
    select m.agent_key, s.permission, s.resource_pattern, m.kind, m.source, m.source_ref,
      m.granted_at, m.last_granted_at, m.ended_at
    from merged m
    join surfaces s on s.workspace = ws and s.surface_hash = m.surface_hash
  ),
  starts as (
    select *, granted_at > max(ended_at) over (
        partition by agent_key, permission, resource_pattern
        order by granted_at, ended_at rows between unbounded preceding and 1 preceding)
        + interval 14 days as apart
    from held
  ),
  numbered as (
    select *, count(*) filter (where apart) over (
        partition by agent_key, permission, resource_pattern
        order by granted_at, ended_at rows unbounded preceding) as island
    from starts
  ),
  islands as (
    select agent_key, permission, resource_pattern, island,
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
    group by all
  )
  select a.environment, a.agent, i.* from islands i join agents a using (agent_key);
