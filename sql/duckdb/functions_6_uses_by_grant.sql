-- Each use at the grants that cover it: in one sum where only one can, else one by one.

-- grain: one row per part of a use or denial of a knotted permission; its resource is kept where a grant asks for it
create or replace macro knotted_uses_of(ws, env, wanted, first_at, as_of, knots) as table
  select u.id, u.agent_key, u.session_key, k.permission_key, k.permission, '' as resource_type,
    '' as resource_id, u.uses, u.denials, u.first_used_at, u.last_used_at, u.last_denied_at,
    u.attested_use, u.unattested_use, u.hidden_uses, u.used_in_window, u.denied_in_window
  from uses_of(ws, env, wanted, first_at, as_of) u
  join query_table(knots) k using (agent_key, permission_key)
  where not k.narrow
  union all
  select -1 - u.use_row, k.agent_key, u.session_key, k.permission_key, k.permission, u.resource_type, u.resource_id,
    u.uses, u.denials, u.first_used_at, u.last_used_at, u.last_denied_at,
    u.uses > 0 and u.attested, u.uses > 0 and not u.attested, u.hidden_uses,
    u.uses > 0 and u.last_used_at >= first_at and u.first_used_at < as_of,
    u.denials > 0 and u.last_denied_at >= first_at and u.first_denied_at < as_of
  from countable_uses() u
  join agents_of(ws, env, wanted) a on a.environment = u.environment and a.agent = u.agent
  join query_table(knots) k on k.agent_key = a.agent_key and k.permission = u.permission
  where u.workspace = ws and k.narrow
    and (u.first_used_at < as_of or u.first_denied_at < as_of)
    and greatest(u.last_used_at, u.last_denied_at) >= as_of - interval 400 days;

-- grain: one row per key (see held_keys_of) that covers a knotted use, and one with the key null per agent
-- and permission used or refused outside of every grant; swept: in a session that waits for a review
create or replace macro knotted_figures_of(ws, env, wanted, first_at, as_of, keys, knots, sweeps) as table
  with told as materialized (
    select u.* replace (u.attested_use and w.session_key is null as attested_use),
      u.attested_use and w.session_key is not null as swept, w.session as sweep_session
    from knotted_uses_of(ws, env, wanted, first_at, as_of, knots) u
    left join query_table(sweeps) w using (agent_key, session_key)
  ),
  covering as (
    select o.*, k.key, k.spells
    from (select distinct agent_key, permission, resource_type, resource_id from told) o
    join query_table(keys) k on k.agent_key = o.agent_key and covers(k.permission, o.permission)
      and covers_resource(k.resource_pattern, o.resource_type, o.resource_id)
  ),
  -- firm: some island of a grant that covers it holds the use too
  placed as materialized (
    select t.*, c.key, len(list_filter(c.spells, lambda x:
      t.first_used_at >= x.a and t.last_used_at <= x.b)) > 0 as firm
    from told t
    left join covering c using (agent_key, permission, resource_type, resource_id)
  ),
  loose as (
    select id, bool_or(coalesce(firm, false)) as firm, bool_or(key is not null) as named
    from placed group by id
  ),
  outside as (
    select t.* from told t
    join loose l using (id)
    where (t.used_in_window and not l.firm) or (t.denied_in_window and not l.named)
  ),
  counted as (
    select agent_key, key, case when key is null then permission end as permission, session_key,
      sum(uses) filter (where used_in_window) as uses, bool_or(used_in_window) as in_window,
      bool_or(used_in_window and attested_use) as attested, bool_or(attested_use) as in_history,
      bool_or(unattested_use) as unattested, bool_or(swept) as swept,
      max(sweep_session) filter (where swept) as sweep_session,
      sum(hidden_uses) filter (where used_in_window) as hidden_uses,
      sum(denials) filter (where denied_in_window) as denials,
      min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
      max(last_denied_at) as last_denied_at
    from (
      select * exclude (firm) from placed where key is not null
      union all by name
      select *, null as key from outside
    )
    group by all
  )
  select agent_key, key, permission, coalesce(sum(uses), 0)::bigint as uses,
    count(*) filter (where in_window) as sessions_with_use,
    count(*) filter (where attested) as attested_sessions,
    count(*) filter (where in_history) as history_sessions,
    coalesce(bool_or(unattested), false) as unattested_use,
    count(*) filter (where swept) as swept_sessions,
    arg_max(sweep_session, last_used_at) filter (where swept) as sweep_session,
    coalesce(sum(hidden_uses), 0)::bigint as hidden_uses,
    coalesce(sum(denials), 0)::bigint as denials, min(first_used_at) as first_used_at,
    max(last_used_at) as last_used_at, max(last_denied_at) as last_denied_at,
    list_sort(list(distinct date_trunc('day', last_used_at))) as use_days
  from counted group by all;

-- grain: one row per agent, permission and resource pattern ever held, and a row with the pattern null
-- for each permission used or refused outside of every grant; attested: of sessions that may speak for the agent and
-- wait for no review; `islands`, `all_uses` and `sweeps` name what islands_of, use_totals_of and sweeps_of answered
create or replace macro use_of(ws, env, wanted, first_at, as_of, islands, all_uses, sweeps) as table
  with totals as materialized (
    select t.* replace (
        t.attested_sessions - coalesce(s.sessions, 0) as attested_sessions,
        t.history_sessions - coalesce(s.history_sessions, 0) as history_sessions),
      coalesce(s.history_sessions, 0) as swept_sessions, s.sweep_session
    from query_table(all_uses) t
    left join swept_uses_of(first_at, as_of, sweeps) s using (agent_key, permission_key)
  ),
  keys as materialized (select * from held_keys_of(islands)),
  -- Through a list the engine takes them for one row, and hashes them and not the uses; mostly there are none.
  knots as materialized (
    select unnest(list(k), recursive := true) from knots_of('totals', 'keys') k
  ),
  knotted as materialized (
    select * from knotted_figures_of(ws, env, wanted, first_at, as_of, 'keys', 'knots', sweeps)
  ),
  plain as (
    select t.*, k.key from totals t
    left join (select * from keys where not is_pattern) k using (agent_key, permission_key)
    anti join knots using (agent_key, permission_key)
  ),
  -- Only what was used in history and not in the window can have a rhythm that matters.
  quiet as (
    select agent_key, permission_key from plain
    where key is not null and attested_sessions = 0 and history_sessions >= 3
  ),
  rhythms as (
    select agent_key, permission_key, list_sort(list(distinct date_trunc('day', last_used_at)))
      as use_days
    from (
      select agent_key, permission_key, last_used_at
      from whole_use_days_of(ws, env, wanted, first_at, as_of)
      union all
      select agent_key, permission_key, last_used_at
      from cut_uses_of(ws, env, wanted, first_at, as_of)
    )
    semi join quiet using (agent_key, permission_key)
    group by agent_key, permission_key
  ),
  figures as (
    select agent_key, key, null::varchar as permission, uses, sessions_with_use, attested_sessions,
      history_sessions, unattested_use, swept_sessions, sweep_session, hidden_uses, denials,
      first_used_at, last_used_at, last_denied_at, coalesce(use_days, []) as use_days
    from plain
    left join rhythms using (agent_key, permission_key)
    where key is not null
    union all
    select agent_key, null, permission, uses, sessions_with_use, attested_sessions,
      attested_sessions, window_unattested_use, swept_sessions, sweep_session, hidden_uses, denials, window_first_used_at, window_last_used_at,
      window_last_denied_at, []
    from plain where key is null and (uses > 0 or denials > 0)
    union all
    select * from knotted
  )
  select a.environment, a.agent, f.agent_key, coalesce(k.permission, f.permission) as permission,
    k.resource_pattern, f.* exclude (agent_key, key, permission)
  from figures f
  join agents a using (agent_key)
  left join keys k on k.key = f.key;
