-- Permissions whose use telemetry could not have seen though it sees their agent, and those that others saw used.

-- grain: one row per agent and permission that it was allowed in [first, as_of) with no action after it; allowed: how
-- often; hidden: by an engine's log alone; acted: some action on the same system was seen, so that one after these
-- would have been; `all_uses` names what use_totals_of answered
create or replace macro unfollowed_of(ws, env, wanted, first_at, as_of, all_uses) as table
  with asked as (
    select environment, agent, permission, count(*) as allowed, count(*) filter (where log_alone) as hidden
    from decisions
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and occurred_at >= first_at and occurred_at < as_of and action_span_id is null
      and (effect = 'allow' or approval_outcome in ('approved', 'modified')) and permission is not null
      and coalesce(enforcement, 'enforced') <> 'shadow'
    group by environment, agent, permission
  ),
  acting as (
    select distinct agent_key, system_of(permission) as system
    from query_table(all_uses) where uses > 0
  )
  select a.agent_key, d.permission, d.allowed, d.hidden,
    t.system is not null as acted
  from asked d
  join agents_of(ws, env, wanted) a on a.environment = d.environment and a.agent = d.agent
  left join acting t on t.agent_key = a.agent_key and t.system = system_of(d.permission);

-- grain: one row per agent and permission of `rows` with something to tell of what no action shows; unseen_reason:
-- why a use could not have been seen; hidden_allows: what an engine's log alone tells it was allowed
create or replace macro unseen_of(rows, unfollowed, all_uses) as table
  with named as (
    select distinct agent_key, permission from query_table(rows)
  ),
  asked as (
    select n.agent_key, n.permission, u.allowed, u.hidden, u.acted
    from named n
    join query_table(unfollowed) u on u.agent_key = n.agent_key and u.permission = n.permission
    union all
    select n.agent_key, n.permission, u.allowed, u.hidden, u.acted
    from named n
    join query_table(unfollowed) u on u.agent_key = n.agent_key and covers(n.permission, u.permission)
    where contains(n.permission, '*') and n.permission <> u.permission
  ),
  followed as (
    select agent_key, permission, coalesce(sum(hidden) filter (where acted), 0)::bigint as hidden_allows,
      coalesce(sum(allowed) filter (where not acted), 0)::bigint as unseen_allows
    from asked group by agent_key, permission
  ),
  -- An agent that tells one use of a kind tells the others too.
  told as (
    select distinct t.agent_key, g.reason
    from query_table(all_uses) t
    join unlogged_permissions g using (permission)
    where t.uses > 0
  ),
  unlogged as (
    select n.agent_key, n.permission, min(g.reason) as reason
    from named n
    join (select p.permission, g.reason from (select distinct permission from named) p
      join unlogged_permissions g on g.permission = p.permission
        or (contains(p.permission, '*') and covers(p.permission, g.permission))) g
      on g.permission = n.permission
    left join told t on t.agent_key = n.agent_key and t.reason = g.reason
    where t.reason is null
    group by n.agent_key, n.permission
  )
  select coalesce(f.agent_key, u.agent_key) as agent_key, coalesce(f.permission, u.permission) as permission,
    coalesce(f.hidden_allows, 0) as hidden_allows,
    coalesce(u.reason, case when f.unseen_allows > 0 then
      format('allowed {}, and no action on {} was seen: whether it was used is not known',
        case when f.unseen_allows = 1 then 'once' else f.unseen_allows || ' times' end,
        system_of(f.permission)) end) as unseen_reason
  from followed f
  full join unlogged u using (agent_key, permission);

-- grain: one row per agent and permission that sub-agents used for it in [first, as_of)
create or replace macro used_via_of(ws, env, wanted, first_at, as_of) as table
  select a.agent_key, u.permission, list(distinct u.used_via) as used_via
  from permission_uses u
  join agents_of(ws, env, wanted) a on a.environment = u.environment and a.agent = u.agent
  where u.workspace = ws and u.used_via <> '' and u.uses > 0
    and u.last_used_at >= first_at and u.first_used_at < as_of
  group by a.agent_key, u.permission;
