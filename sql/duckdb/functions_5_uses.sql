-- Uses and denials, laid beside the grants that cover them.

-- grain: one row per part of a use or denial of the last 400 days, marked whether in the window
create or replace macro uses_of(ws, env, wanted, first_at, as_of) as table
  select environment, agent, session, permission, resource_type, resource_id, uses, denials,
    first_used_at, last_used_at, last_denied_at, attested,
    uses > 0 and last_used_at >= first_at and first_used_at < as_of as used_in_window,
    denials > 0 and last_denied_at >= first_at and first_denied_at < as_of as denied_in_window
  from permission_uses
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and (first_used_at < as_of or first_denied_at < as_of)
    and greatest(last_used_at, last_denied_at) >= as_of - interval 400 days;

-- grain: one row per agent, permission and resource pattern ever held, and a row with the pattern null
-- for each permission used or refused outside of every grant
create or replace macro use_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select * from uses_of(ws, env, wanted, first_at, as_of)
  ),
  islands as (
    select * from islands_of(ws, env, wanted, as_of)
  ),
  keys as (
    select distinct environment, agent, permission, resource_pattern from islands
  ),
  objects as (
    select distinct environment, agent, permission, resource_type, resource_id from told
  ),
  covering as (
    select o.*, k.permission as held_permission, k.resource_pattern
    from objects o
    join keys k on k.environment = o.environment and k.agent = o.agent
      and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  granted as (
    select t.* exclude (permission), t.permission as used_permission,
      c.held_permission as permission, c.resource_pattern
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
  ),
  known as (
    select t.environment, t.agent, t.session, t.permission, t.resource_type, t.resource_id,
      t.first_used_at, t.last_used_at
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
    join islands i on i.environment = c.environment and i.agent = c.agent
      and i.permission = c.held_permission and i.resource_pattern = c.resource_pattern
      and t.first_used_at >= i.held_since - interval 5 minutes
      and t.last_used_at <= i.ended_at + interval 5 minutes
    where t.used_in_window
  ),
  outside as (
    select t.* exclude (permission), t.permission as used_permission, t.permission,
      null::varchar as resource_pattern
    from told t
    where (t.used_in_window and not exists (
        select 1 from known k where k.environment = t.environment and k.agent = t.agent
          and k.session = t.session and k.permission = t.permission
          and k.resource_type = t.resource_type and k.resource_id = t.resource_id
          and k.first_used_at = t.first_used_at))
      or (t.denied_in_window and not exists (
        select 1 from covering c where c.environment = t.environment and c.agent = t.agent
          and c.permission = t.permission and c.resource_type = t.resource_type
          and c.resource_id = t.resource_id))
  )
  select environment, agent, permission, resource_pattern,
    coalesce(sum(uses) filter (where used_in_window), 0)::bigint as uses,
    count(distinct session) filter (where used_in_window) as sessions_with_use,
    count(distinct session) filter (where used_in_window and attested) as attested_sessions,
    count(distinct session) filter (where uses > 0 and attested) as history_sessions,
    coalesce(bool_or(uses > 0 and not attested), false) as unattested_use,
    coalesce(sum(denials) filter (where denied_in_window), 0)::bigint as denials,
    min(first_used_at) filter (where uses > 0) as first_used_at,
    max(last_used_at) filter (where uses > 0) as last_used_at,
    max(last_denied_at) as last_denied_at,
    list_sort(list_distinct(list(date_trunc('day', last_used_at)) filter (where uses > 0)))
      as use_days
  from (from granted union all by name from outside)
  group by environment, agent, permission, resource_pattern;

-- grain: one row per agent, permission, resource pattern and day with uses or denials in [first, as_of);
-- what no grant ever named stands under the permission that was used, with the pattern *
create or replace macro use_days_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select environment, agent, permission, resource_type, resource_id,
      date_trunc('day', coalesce(last_used_at, last_denied_at)) as day,
      sum(case when last_used_at >= first_at and first_used_at < as_of then uses else 0 end)::bigint
        as uses,
      sum(case when last_denied_at >= first_at and first_denied_at < as_of then denials else 0 end)
        ::bigint as denials
    from permission_uses
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and greatest(last_used_at, last_denied_at) >= first_at
      and (first_used_at < as_of or first_denied_at < as_of)
    group by all
  ),
  keys as (
    select distinct environment, agent, permission, resource_pattern
    from islands_of(ws, env, wanted, as_of)
  )
  select t.environment, t.agent, coalesce(k.permission, t.permission) as permission,
    coalesce(k.resource_pattern, '*') as resource_pattern, t.day,
    sum(t.uses)::bigint as uses, sum(t.denials)::bigint as denials
  from told t
  left join keys k on k.environment = t.environment and k.agent = t.agent
    and covers(k.permission, t.permission)
    and covers_resource(k.resource_pattern, t.resource_type, t.resource_id)
  group by all;

-- The longest time between two days of use, in days.
create or replace macro longest_gap_days(days) as
  coalesce(list_max(list_transform(range(2, len(days) + 1),
    lambda i: date_diff('day', days[i - 1], days[i]))), 0);

-- A permission used on some days and then not may be one of a cadence: how often its longest gap it must have been idle.
create or replace macro cadence_factor(days) as
  case len(days) when 3 then 5 when 4 then 3 when 5 then 2.5 else 2 end;
