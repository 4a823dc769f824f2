-- Use day by day, and the rhythm in it.

-- grain: one row per agent, permission, resource pattern and day with uses or denials in [first, as_of);
-- what no grant ever named stands under the permission that was used, with the pattern *
create or replace macro use_days_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select environment, agent, permission, resource_type, resource_id,
      date_trunc('day', coalesce(last_used_at, last_denied_at)) as day,
      coalesce(sum(uses) filter (where used_in_window), 0)::bigint as uses,
      coalesce(sum(denials) filter (where denied_in_window), 0)::bigint as denials
    from uses_of(ws, env, wanted, first_at, as_of)
    where used_in_window or denied_in_window
    group by all
  ),
  keys as (
    select distinct environment, agent, permission, resource_pattern
    from islands_of(ws, env, wanted, as_of)
  ),
  covering as (
    select o.*, k.permission as held_permission, k.resource_pattern
    from (select distinct environment, agent, permission, resource_type, resource_id from told) o
    join keys k on k.environment = o.environment and k.agent = o.agent
      and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  )
  select t.environment, t.agent, coalesce(c.held_permission, t.permission) as permission,
    coalesce(c.resource_pattern, '*') as resource_pattern, t.day,
    sum(t.uses)::bigint as uses, sum(t.denials)::bigint as denials
  from told t
  left join covering c using (environment, agent, permission, resource_type, resource_id)
  group by all;

-- The longest time between two days of use, in days.
create or replace macro longest_gap_days(days) as
  coalesce(list_max(list_transform(range(2, len(days) + 1),
    lambda i: date_diff('day', days[i - 1], days[i]))), 0);

-- A permission used on some days and then not may be one of a cadence: how often its longest gap it must have been idle.
create or replace macro cadence_factor(days) as
  case len(days) when 3 then 5 when 4 then 3 when 5 then 2.5 else 2 end;
