-- Use day by day, and the rhythm in it.

-- grain: one row per agent, permission, resource pattern and day with uses or denials in [first, as_of), or
-- per week before as_of with its last such day; what no grant ever named stands under the permission that
-- was used, with the pattern *; `islands` names what islands_of answered
create or replace macro use_days_of(ws, env, wanted, first_at, as_of, islands, weekly) as table
  with keys as materialized (select * from held_keys_of(islands)),
  told_days as (
    select agent_key, permission_key, day, uses, denials
    from whole_use_days_of(ws, env, wanted, first_at, as_of)
    where in_window
    union all
    select agent_key, permission_key, day, case when used_in_window then uses else 0 end,
      case when denied_in_window then denials else 0 end
    from cut_uses_of(ws, env, wanted, first_at, as_of)
    where used_in_window or denied_in_window
  ),
  days as materialized (
    select agent_key, permission_key,
      date_diff('day', day, as_of) // case when weekly then 7 else 1 end as slot, max(day) as day,
      sum(uses) as uses, sum(denials) as denials
    from told_days
    group by agent_key, permission_key, slot
  ),
  used as materialized (
    select agent_key, permission_key, p.permission
    from (select distinct agent_key, permission_key from days)
    join permissions p using (permission_key)
  ),
  -- Where a grant is of some resources only, uses are looked at by resource.
  narrow as materialized (
    select unnest(list(n), recursive := true)
    from (select distinct u.*, true as narrow
      from used u
      join keys k on k.agent_key = u.agent_key and covers(k.permission, u.permission)
      where k.resource_pattern <> '*') n
  ),
  told as materialized (
    select agent_key, permission_key, '' as resource_type, '' as resource_id, slot, day, uses, denials
    from days
    anti join narrow using (agent_key, permission_key)
    union all
    select agent_key, permission_key, resource_type, resource_id,
      date_diff('day', coalesce(last_used_at, last_denied_at), as_of)
        // case when weekly then 7 else 1 end as slot,
      max(date_trunc('day', coalesce(last_used_at, last_denied_at))),
      coalesce(sum(uses) filter (where used_in_window), 0),
      coalesce(sum(denials) filter (where denied_in_window), 0)
    from knotted_uses_of(ws, env, wanted, first_at, as_of, 'narrow')
    where used_in_window or denied_in_window
    group by agent_key, permission_key, resource_type, resource_id, slot
  ),
  covering as (
    select o.agent_key, o.permission_key, o.resource_type, o.resource_id, k.key
    from (select distinct agent_key, permission_key, resource_type, resource_id from told) o
    join used u using (agent_key, permission_key)
    join keys k on k.agent_key = o.agent_key and covers(k.permission, u.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  summed as (
    select t.agent_key, c.key, case when c.key is null then t.permission_key end as permission_key,
      t.slot, max(t.day) as day, sum(t.uses)::bigint as uses, sum(t.denials)::bigint as denials
    from told t
    left join covering c using (agent_key, permission_key, resource_type, resource_id)
    group by all
  )
  select s.agent_key, coalesce(k.permission, p.permission) as permission,
    coalesce(k.resource_pattern, '*') as resource_pattern, s.day, s.uses, s.denials
  from summed s
  left join keys k on k.key = s.key
  left join permissions p on p.permission_key = s.permission_key;

-- The longest time between two days of use, in days.
create or replace macro longest_gap_days(days) as
  coalesce(list_max(list_transform(range(2, len(days) + 1),
    lambda i: date_diff('day', days[i - 1], days[i]))), 0);

-- A permission used on some days and then not may be one of a cadence: how often its longest gap it must have been idle.
create or replace macro cadence_factor(days) as
  case len(days) when 3 then 5 when 4 then 3 when 5 then 2.5 else 2 end;
