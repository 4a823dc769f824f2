-- Uses and denials, laid beside the grants that cover them.

-- grain: one row per session, permission and day with a use or denial of the last 400 days, marked whether in the window
create or replace macro uses_of(ws, env, wanted, first_at, as_of) as table
  select rowid as id, *, uses > 0 and last_used_at >= first_at and first_used_at < as_of as used_in_window,
    denials > 0 and last_denied_at >= first_at and first_denied_at < as_of as denied_in_window
  from session_uses
  semi join agents_of(ws, env, wanted) using (agent_key)
  where (first_used_at < as_of or first_denied_at < as_of)
    and greatest(last_used_at, last_denied_at) >= as_of - interval 400 days;

-- grain: one row per day of use_days that the window does not cut
create or replace macro whole_use_days_of(ws, env, wanted, first_at, as_of) as table
  select *, day > first_at as in_window
  from use_days
  semi join agents_of(ws, env, wanted) using (agent_key)
  where day <> date_trunc('day', first_at) and day < date_trunc('day', as_of)
    and greatest(last_used_at, last_denied_at) >= as_of - interval 400 days;

-- grain: one row of uses_of that no row of whole_use_days_of holds: of days that the window cuts, and of
-- sessions that used the permission on several days
create or replace macro cut_uses_of(ws, env, wanted, first_at, as_of) as table
  select * from uses_of(ws, env, wanted, first_at, as_of) where days > 1
  union all
  select * from uses_of(ws, env, wanted, first_at, as_of)
  where days = 1 and (day = date_trunc('day', first_at) or day >= date_trunc('day', as_of));

-- grain: one row per agent and permission: all its uses and denials, whatever grants cover them;
-- what is named `window_` is of the rows in the window alone
create or replace macro use_totals_of(ws, env, wanted, first_at, as_of) as table
  with whole as (
    select agent_key, permission_key, in_window as used_in_window, in_window as denied_in_window,
      sum(uses) as uses, sum(denials) as denials, sum(used_sessions) as sessions,
      sum(attested_sessions) as history_sessions,
      case when in_window then sum(attested_sessions) else 0 end as attested_sessions,
      sum(hidden_uses) as hidden_uses,
      bool_or(unattested_use) as unattested_use, min(first_used_at) as first_used_at,
      max(last_used_at) as last_used_at, max(last_denied_at) as last_denied_at
    from whole_use_days_of(ws, env, wanted, first_at, as_of)
    group by agent_key, permission_key, in_window
  ),
  -- A session that uses a permission on several days counts once all the same.
  cut as (
    select agent_key, permission_key, bool_or(used_in_window) as used_in_window,
      bool_or(denied_in_window) as denied_in_window,
      coalesce(sum(uses) filter (where used_in_window), 0) as uses,
      coalesce(sum(denials) filter (where denied_in_window), 0) as denials,
      bool_or(uses > 0)::integer as sessions, bool_or(attested_use)::integer as history_sessions,
      bool_or(attested_use and used_in_window)::integer as attested_sessions,
      coalesce(sum(hidden_uses) filter (where used_in_window), 0) as hidden_uses,
      bool_or(unattested_use) as unattested_use, min(first_used_at) as first_used_at,
      max(last_used_at) as last_used_at, max(last_denied_at) as last_denied_at
    from cut_uses_of(ws, env, wanted, first_at, as_of)
    group by agent_key, permission_key, session_key
  ),
  groups as (
    select * from whole union all by name select * from cut
  )
  select g.agent_key, g.permission_key, any_value(p.permission) as permission,
    coalesce(sum(uses) filter (where used_in_window), 0)::bigint as uses,
    coalesce(sum(sessions) filter (where used_in_window), 0)::bigint as sessions_with_use,
    sum(attested_sessions)::bigint as attested_sessions,
    sum(history_sessions)::bigint as history_sessions,
    coalesce(sum(hidden_uses) filter (where used_in_window), 0)::bigint as hidden_uses,
    bool_or(unattested_use) as unattested_use,
    coalesce(bool_or(unattested_use) filter (where used_in_window or denied_in_window), false)
      as window_unattested_use,
    coalesce(sum(denials) filter (where denied_in_window), 0)::bigint as denials,
    min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
    max(last_denied_at) as last_denied_at,
    min(first_used_at) filter (where used_in_window or denied_in_window) as window_first_used_at,
    max(last_used_at) filter (where used_in_window or denied_in_window) as window_last_used_at,
    max(last_denied_at) filter (where used_in_window or denied_in_window) as window_last_denied_at
  from groups g
  join permissions p using (permission_key)
  group by g.agent_key, g.permission_key;

-- grain: one row per agent, permission and resource pattern ever held; `islands` names what islands_of answered
create or replace macro held_keys_of(islands) as table
  select agent_key, permission, resource_pattern, row_number() over () as key,
    any_value(p.permission_key) as permission_key,
    contains(permission, '*') or resource_pattern <> '*' as is_pattern,
    list({a: held_since - interval 5 minutes, b: ended_at + interval 5 minutes}) as spells
  from query_table(islands)
  left join permissions p using (permission)
  group by agent_key, permission, resource_pattern;

-- grain: one row per agent and permission whose uses must be laid beside its grants one by one, since a
-- pattern covers it, or since not all of them lie within one island of its grant; narrow: resources matter
create or replace macro knots_of(totals, keys) as table
  with knots as (
    select t.agent_key, t.permission_key, t.permission, k.resource_pattern <> '*' as narrow
    from query_table(totals) t
    join query_table(keys) k on k.agent_key = t.agent_key and covers(k.permission, t.permission)
    where k.is_pattern
    union all
    select t.agent_key, t.permission_key, t.permission, false
    from query_table(totals) t
    join query_table(keys) k on k.agent_key = t.agent_key and k.permission_key = t.permission_key
    where not k.is_pattern and (len(k.spells) > 1 or t.first_used_at < k.spells[1].a
      or t.last_used_at > k.spells[1].b)
  )
  select agent_key, permission_key, permission, bool_or(narrow) as narrow from knots group by all;
