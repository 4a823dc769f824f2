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
-- for each permission used or refused outside of every grant; `islands` names what islands_of answered
create or replace macro use_of(ws, env, wanted, first_at, as_of, islands) as table
  with told as materialized (
    select * from uses_of(ws, env, wanted, first_at, as_of)
  ),
  keys as materialized (
    select environment, agent, permission, resource_pattern,
      row_number() over () as key,
      list({a: held_since - interval 5 minutes, b: ended_at + interval 5 minutes}) as spells
    from query_table(islands)
    group by environment, agent, permission, resource_pattern
  ),
  covering as (
    select o.*, k.key, k.spells
    from (select distinct environment, agent, permission, resource_type, resource_id from told) o
    join keys k on k.environment = o.environment and k.agent = o.agent
      and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  -- firm: some island of a grant that covers it holds the use too
  placed as materialized (
    select t.* exclude (environment, agent, permission, resource_type, resource_id), c.key,
      case when len(c.spells) = 1
        then t.first_used_at >= c.spells[1].a and t.last_used_at <= c.spells[1].b
        else len(list_filter(c.spells, lambda x:
          t.first_used_at >= x.a and t.last_used_at <= x.b)) > 0 end as firm
    from told t
    left join covering c using (environment, agent, permission, resource_type, resource_id)
  ),
  loose as (
    select id, bool_or(coalesce(firm, false)) as firm, bool_or(key is not null) as named
    from placed
    where id in (select id from placed where not coalesce(firm, false))
    group by id
  ),
  outside as (
    select t.environment, t.agent, t.permission, p.* exclude (key)
    from loose l
    join told t using (id)
    join (select distinct on (id) * from placed where id in (select id from loose)) p using (id)
    where (t.used_in_window and not l.firm) or (t.denied_in_window and not l.named)
  ),
  strays as materialized (
    select environment, agent, permission, -row_number() over () as key
    from outside group by environment, agent, permission
  ),
  counted as (
    select key, session, sum(uses) filter (where used_in_window) as uses,
      bool_or(used_in_window) as in_window, bool_or(used_in_window and attested) as attested,
      bool_or(uses > 0 and attested) as in_history,
      bool_or(uses > 0 and not attested) as unattested,
      sum(denials) filter (where denied_in_window) as denials,
      min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
      max(last_denied_at) as last_denied_at
    from (
      select * exclude (id, firm) from placed where key is not null
      union all by name
      select s.key, o.* exclude (id, firm, environment, agent, permission)
      from outside o join strays s using (environment, agent, permission)
    )
    group by key, session
  ),
  figures as (
    select key, coalesce(sum(uses), 0)::bigint as uses,
      count(*) filter (where in_window) as sessions_with_use,
      count(*) filter (where attested) as attested_sessions,
      count(*) filter (where in_history) as history_sessions,
      coalesce(bool_or(unattested), false) as unattested_use,
      coalesce(sum(denials), 0)::bigint as denials,
      min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
      max(last_denied_at) as last_denied_at,
      list_sort(list(distinct date_trunc('day', last_used_at))) as use_days
    from counted group by key
  )
  select k.environment, k.agent, k.permission, k.resource_pattern, f.* exclude (key)
  from (from (select * exclude (spells) from keys) union all by name from strays) k
  join figures f using (key);
