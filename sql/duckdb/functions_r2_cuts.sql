-- Proposals on one held permission: take it away, hand it out just in time, ask first, give it an identity of its own.
-- In all of them `judged` names rows of judged_of, `risks` what joint_risks_of answered, and a row is of one kind.

-- More than this share of coming sessions must not miss anything of what is taken away together.
create or replace macro joint_risk_most() as 0.05;

-- Needed when something went wrong: their absence in good times says little.
create or replace macro is_contingency(permission) as
  list_has_any(words_of(permission), ['restore', 'rollback', 'revoke', 'failover', 'recover', 'undo']);

-- grain: one row per agent, permission and resource pattern held now by a source that other agents share, with them
create or replace macro shared_of(judged) as table
  with refs as (
    select agent_key, environment, agent, permission, resource_pattern, rule, coalesce(uses, 0) as uses,
      unnest(source_ref) as ref
    from query_table(judged)
    where held_now and len(source_ref) > 0
  ),
  shared as (
    select environment, ref, permission, resource_pattern
    from refs group by all having count(distinct agent_key) > 1
  ),
  circles as (
    select * from refs
    semi join (select unnest(list(s), recursive := true) from shared s)
      using (environment, ref, permission, resource_pattern)
  )
  select a.agent_key, a.permission, a.resource_pattern,
    list_sort(list(distinct b.agent)) as shared_with,
    list_sort(list(distinct b.agent) filter (where b.uses > 0)) as used_by,
    bool_and(b.rule = 'unused') as unused_by_all
  from circles a
  join circles b using (environment, ref, permission, resource_pattern)
  where a.agent_key <> b.agent_key and a.rule = 'unused'
  group by all;

-- grain: one row per agent, permission and resource pattern of a verdict that asks for something, which another
-- grant with a pattern covers as well
create or replace macro still_granted_of(judged) as table
  -- An agent has few patterns: all else is not paired with all else.
  with wide as (
    select agent_key, permission, resource_pattern from query_table(judged)
    where held_now and (contains(permission, '*') or contains(resource_pattern, '*'))
  ),
  same as (
    select c.agent_key, c.permission, c.resource_pattern, w.permission as wider
    from query_table(judged) c
    join (select * from wide where not contains(permission, '*')) w
      on w.agent_key = c.agent_key and w.permission = c.permission
    where c.held_now and coalesce(c.uses, 0) = 0 and w.resource_pattern <> c.resource_pattern
      and covers(w.resource_pattern, c.resource_pattern)
    union all
    select c.agent_key, c.permission, c.resource_pattern, w.permission
    from query_table(judged) c
    join (select * from wide where contains(permission, '*')) w on w.agent_key = c.agent_key
    where c.held_now and coalesce(c.uses, 0) = 0 and covers(w.permission, c.permission)
      and (w.permission <> c.permission or w.resource_pattern <> c.resource_pattern)
      and covers(w.resource_pattern, c.resource_pattern)
  )
  select agent_key, permission, resource_pattern, list_sort(list(distinct wider)) as still_granted
  from same
  group by all;

-- grain: one row per agent and permission that a person was asked for in the window
create or replace macro asked_first_of(ws, env, wanted, first_at, as_of) as table
  select distinct a.agent_key, d.permission
  from decisions d
  join agents a using (workspace, environment, agent)
  where d.workspace = ws and (env is null or d.environment = env) and listed(wanted, d.agent)
    and d.occurred_at >= first_at and d.occurred_at < as_of
    and d.effect = 'require_approval' and d.tier in ('single', 'dual', 'break_glass');

-- grain: one row per agent, permission and resource pattern; what was taken back before asks more of the next
create or replace macro cuts_of(ws, env, wanted, first_at, as_of, judged, units, risks) as table
  with weighed as (
    select j.*, r.joint_risk, s.shared_with, s.used_by, coalesce(s.unused_by_all, true) as unused_by_all,
      g.still_granted, t.permission is not null as standing, a.permission is not null as asked_first, is_contingency(j.permission) as contingency,
      bar_of(b.removal, d.kinds, 'remove_permission') as removal,
      bar_of(b.identity, d.kinds, 'separate_identity') as identity,
      bar_of(b.in_time, d.kinds, 'just_in_time') as in_time, bar_of(b.tier, d.kinds, 'raise_tier') as tier
    from query_table(judged) j
    left join query_table(risks) r using (agent_key)
    left join shared_of(judged) s using (agent_key, permission, resource_pattern)
    left join standing_of(units, judged) t using (agent_key, permission, resource_pattern)
    left join still_granted_of(judged) g using (agent_key, permission, resource_pattern)
    left join asked_first_of(ws, env, wanted, first_at, as_of) a
      on a.agent_key = j.agent_key and a.permission = j.permission
    left join bars_of(ws, env) b on b.environment = j.environment
    left join acted_on_of(ws, env) d
      on d.agent_key = j.agent_key and d.permission = j.permission and d.resource_pattern = j.resource_pattern
    where j.held_now and j.rule in ('unused', 'rare', 'small', 'too_young')
  )
  select agent_key, permission, resource_pattern,
    case
      when rule = 'rare' and n * in_time >= sessions_needed_of('read') then 'just_in_time'
      when rule = 'unused' and contingency and bound <= threshold * in_time then 'just_in_time'
      when rule = 'unused' and len(used_by) > 0 and bound <= threshold * identity then 'separate_identity'
      -- The joint risk speaks for what was held from the first session on, and for nothing else.
      when rule = 'unused' and not contingency and unused_by_all and bound <= threshold * removal
        and standing and joint_risk <= joint_risk_most() * removal then 'remove_permission'
      when weight_of(risk) >= 3 and not asked_first and coalesce(uses, 0) = 0
        and absence_bound(n) <= joint_risk_most() * tier then 'raise_tier'
    end as kind,
    []::varchar[] as proposed, coalesce(shared_with, []) as shared_with,
    coalesce(still_granted, []) as still_granted
  from weighed
  where kind is not null;
