-- Since when an agent's sessions are opportunities: those before it ran on another model, or with other tools, were another agent's.

-- grain: one row per agent and set of tool lists and profile of its sessions before as_of, with the first of them
create or replace macro first_seen_of(ws, env, wanted, as_of) as table
  select agent_key, offer_key, profile_key, min(first_started_at) as seen_at
  from session_days
  semi join agents_of(ws, env, wanted) using (agent_key)
  where attested and first_started_at < as_of
  group by agent_key, offer_key, profile_key;

-- grain: one row per agent that met a model or a tool's definition never seen before, after its first ones:
-- the latest such instant and what was new. What was not told at first and is told since is not new.
create or replace macro restarts_of(ws, env, wanted, as_of) as table
  with seen as materialized (
    select * from first_seen_of(ws, env, wanted, as_of)
  ),
  models as (
    select agent_key, model, min(seen_at) as seen_at
    from (select s.agent_key, s.seen_at, unnest(p.models) as model
      from seen s join agent_profiles p using (profile_key)
      where p.models is not null)
    group by agent_key, model
  ),
  new_models as (
    select agent_key, seen_at, 'the model ' || model || ' was first seen' as reason
    from models
    qualify seen_at > min(seen_at) over (partition by agent_key)
  ),
  lists as (
    select agent_key, offer_key, min(seen_at) as seen_at
    from seen where offer_key is not null
    group by agent_key, offer_key
  ),
  tools as (
    select l.agent_key, s.permission, s.definition, min(l.seen_at) as seen_at
    from lists l
    join offers o using (offer_key)
    join surfaces s on s.workspace = ws and s.surface_hash = o.surface_hash
    group by l.agent_key, s.permission, s.definition
  ),
  placed as (
    select *, min(seen_at) over (partition by agent_key, permission) as tool_seen_at,
      min(case when definition is null then seen_at end) over (partition by agent_key, permission)
        as bare_seen_at,
      min(case when definition is not null then seen_at end) over (partition by agent_key, permission)
        as defined_at,
      min(case when definition is not null then seen_at end) over (partition by agent_key)
        as first_defined_at
    from tools
  ),
  new_tools as (
    select agent_key, seen_at,
      case when seen_at > tool_seen_at then 'the definition of ' || permission || ' changed'
        else permission || ' was first offered' end as reason
    from placed
    where definition is not null and seen_at > first_defined_at
      and not (seen_at = defined_at and coalesce(bare_seen_at <= seen_at, false))
  ),
  news as (
    select * from new_models union all select * from new_tools
  ),
  latest as (
    select * from news qualify seen_at = max(seen_at) over (partition by agent_key)
  )
  select agent_key, max(seen_at) as restarted_at,
    min(reason) || case when count(*) > 1 then format(', and {} more', count(*) - 1) else '' end
      as restarted_by
  from latest
  group by agent_key;

-- grain: one row per agent that told versions: the one seen last, and since when it was seen
create or replace macro versions_of(ws, env, wanted, as_of) as table
  with told as (
    select s.agent_key, p.agent_version, min(s.seen_at) as seen_at
    from first_seen_of(ws, env, wanted, as_of) s
    join agent_profiles p using (profile_key)
    where p.agent_version is not null
    group by s.agent_key, p.agent_version
  )
  select agent_key, arg_max(agent_version, (seen_at, agent_version)) as agent_version,
    max(seen_at) as agent_version_since
  from told
  group by agent_key;
