-- Uses and denials, laid beside the grants that cover them.

-- grain: one row per agent and pattern of permissions that is granted on some resources only
create or replace macro narrow_of(ws, env, wanted) as table
  select distinct g.environment, g.agent, s.permission
  from (select distinct environment, agent, surface_hash from grants
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)) g
  join surfaces s on s.workspace = ws and s.surface_hash = g.surface_hash
  where s.resource_pattern <> '*';

-- grain: one row per part of a use or denial of the last 400 days, marked whether in the window;
-- its resource is kept only where a grant asks for it
create or replace macro uses_of(ws, env, wanted, first_at, as_of) as table
  with narrow as (
    select distinct u.environment, u.agent, u.permission
    from (select distinct environment, agent, permission from permission_uses
      where workspace = ws and (env is null or environment = env) and listed(wanted, agent)) u
    join narrow_of(ws, env, wanted) n on n.environment = u.environment and n.agent = u.agent
      and covers(n.permission, u.permission)
  )
  select u.rowid as id, u.environment, u.agent, hash(u.session) as session, u.permission,
    case when n.permission is null then '' else u.resource_type end as resource_type,
    case when n.permission is null then '' else u.resource_id end as resource_id,
    u.uses, u.denials, u.first_used_at, u.last_used_at, u.last_denied_at, u.attested,
    u.uses > 0 and u.last_used_at >= first_at and u.first_used_at < as_of as used_in_window,
    u.denials > 0 and u.last_denied_at >= first_at and u.first_denied_at < as_of as denied_in_window
  from permission_uses u
  left join narrow n using (environment, agent, permission)
  where u.workspace = ws and (env is null or u.environment = env) and listed(wanted, u.agent)
    and (u.first_used_at < as_of or u.first_denied_at < as_of)
    and greatest(u.last_used_at, u.last_denied_at) >= as_of - interval 400 days;

-- grain: one row per agent, permission and resource pattern ever held, and a row with the pattern null
-- for each permission used or refused outside of every grant
create or replace macro use_of(ws, env, wanted, first_at, as_of) as table
  with told as materialized (
    select * from uses_of(ws, env, wanted, first_at, as_of)
  ),
  keys as (
    select environment, agent, permission, resource_pattern,
      list({a: held_since - interval 5 minutes, b: ended_at + interval 5 minutes}) as spells
    from islands_of(ws, env, wanted, as_of)
    group by environment, agent, permission, resource_pattern
  ),
  covering as materialized (
    select o.*, k.permission as held_permission, k.resource_pattern, k.spells
    from (select distinct environment, agent, permission, resource_type, resource_id from told) o
    join keys k on k.environment = o.environment and k.agent = o.agent
      and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  granted as (
    select t.* exclude (permission, resource_type, resource_id), c.held_permission as permission,
      c.resource_pattern
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
  ),
  -- A use by the time of its last, where some island of some grant that covers it holds it.
  doubtful as (
    select t.id, coalesce(bool_or(len(list_filter(c.spells, lambda x:
        t.first_used_at >= x.a and t.last_used_at <= x.b)) > 0), false) as known,
      bool_or(c.spells is not null) as named
    from told t
    left join covering c using (environment, agent, permission, resource_type, resource_id)
    where c.spells is null or not (t.first_used_at >= c.spells[1].a and t.last_used_at <= c.spells[1].b)
      or t.first_used_at is null
    group by t.id
  ),
  firm as (
    select distinct t.id
    from told t
    join covering c using (environment, agent, permission, resource_type, resource_id)
    where t.id in (select id from doubtful where not known)
      and t.first_used_at >= c.spells[1].a and t.last_used_at <= c.spells[1].b
  ),
  outside as (
    select t.* exclude (resource_type, resource_id), null::varchar as resource_pattern
    from told t
    join doubtful d using (id)
    where (t.used_in_window and not d.known and t.id not in (select id from firm))
      or (t.denied_in_window and not d.named)
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
    list_sort(list(distinct date_trunc('day', last_used_at)) filter (where uses > 0)) as use_days
  from (from granted union all by name from outside)
  group by environment, agent, permission, resource_pattern;

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
