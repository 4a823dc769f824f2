-- What let each use happen, and which grants would have done it alone.

-- grain: one row per agent, permission and way in which its uses in [first, as_of) were let through
-- path: decided; undecided: no decision is known of them; through: another agent acted for this one (used_via)
-- uses of a cached decision count once
create or replace macro use_paths_of(ws, env, wanted, first_at, as_of) as table
  with decided as (
    select environment, agent, permission, 'decided' as path, '' as used_via, effect, fingerprint, engine, policy,
      policy_version, coalesce(rules, []) as rules, principal_id, principal_type, delegation_type,
      coalesce(delegation_chain, []) as delegation_chain, tier, count(*) as uses,
      count(distinct session) as sessions, min(occurred_at) as first_used_at, max(occurred_at) as last_used_at
    from decisions
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and occurred_at >= first_at and occurred_at < as_of
      and action_span_id is not null and permission is not null
    group by all
  ),
  others as (
    select environment, agent, permission, used_via, case when used_via = '' then undecided_uses else uses end as uses,
      session, first_used_at, last_used_at
    from permission_uses
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and uses > 0 and last_used_at >= first_at and first_used_at < as_of
      and (used_via <> '' or undecided_uses > 0)
  )
  select * from decided
  union all by name
  select environment, agent, permission, case when used_via = '' then 'undecided' else 'through' end as path,
    used_via, [] as rules, [] as delegation_chain, sum(uses)::bigint as uses,
    count(distinct session) as sessions, min(first_used_at) as first_used_at, max(last_used_at) as last_used_at
  from others
  group by environment, agent, permission, used_via;

-- grain: one row per agent, source of grants (of tokens and tool lists all of one source together), permission and
-- resource pattern held at as_of
create or replace macro grants_held_of(ws, env, wanted, as_of) as table
  select s.agent_key, a.environment, a.agent, f.permission, f.resource_pattern, s.kind, s.source,
    case when ends_itself(s.kind) then '' else s.source_ref end as list,
    max_by(s.source_ref, s.last_granted_at) as source_ref,
    min(s.granted_at) as granted_at, max(s.ended_at) as ended_at
  from spells_until(ws, env, wanted, as_of) s
  join agents a using (agent_key)
  join surfaces f on f.workspace = ws and f.surface_hash = s.surface_hash
  where case when s.kind = 'tool_list' then s.ended_at >= as_of - interval 14 days else s.ended_at > as_of end
  group by all;

-- grain: one row of `grants` (names rows of grants_held_of) that another one covers, with what those are
create or replace macro redundant_of(grants) as table
  with wide as (
    select * from query_table(grants) where contains(permission, '*')
  ),
  covering as (
    select g.*, w.permission as by_permission, w.resource_pattern as by_pattern, w.kind as by_kind, w.source as by_source,
      w.list as by_list
    from query_table(grants) g
    join query_table(grants) w on w.agent_key = g.agent_key and w.permission = g.permission
    union all
    select g.*, w.permission, w.resource_pattern, w.kind, w.source, w.list
    from query_table(grants) g
    join wide w on w.agent_key = g.agent_key and w.permission <> g.permission and covers(w.permission, g.permission)
  )
  select agent_key, permission, resource_pattern, kind, source, list,
    list_sort(list(distinct case when by_list = '' then by_source else by_source || ' ' || by_list end
      || ': ' || by_permission || ' on ' || by_pattern)) as redundant_with
  from covering
  where covers(by_pattern, resource_pattern) and (by_permission <> permission or by_pattern <> resource_pattern
    or by_kind <> kind or by_source <> source or by_list <> list)
  group by all;
