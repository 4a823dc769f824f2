-- Proposals on temporary resources that nothing released.

-- So many are named; the others are told by their number.
create or replace macro named_most() as 50;

-- A resource as a person finds it.
create or replace macro resource_told(kind, id) as case when kind = '' then id else kind || '/' || id end;

-- grain: one row per environment, agent, session and resource left behind, with when any other session used it last
create or replace macro abandoned_of(ws, env, wanted, first_at, as_of) as table
  with things as (
    select * from resources_of(ws, env, wanted, first_at, as_of) where state = 'left'
  ),
  elsewhere as (
    select t.environment, t.agent, t.session, t.resource_type, t.resource_id, max(u.last_used_at) as used_at
    from things t
    join permission_uses u on u.environment = t.environment and u.resource_type = t.resource_type
      and u.resource_id = t.resource_id and u.session <> t.session
    where u.workspace = ws and u.uses > 0 and u.last_used_at > t.made_at and u.first_used_at < as_of
    group by all
  )
  select t.*, e.used_at as used_elsewhere_at
  from things t
  left join elsewhere e using (environment, agent, session, resource_type, resource_id);

-- grain: one row per agent and type of temporary resource of which some were left behind that no other session used
-- since: what others use is no longer temporary, whatever it was made as
create or replace macro cleanups_of(ws, env, wanted, first_at, as_of) as table
  with idle as (
    select * from abandoned_of(ws, env, wanted, first_at, as_of) where used_elsewhere_at is null
  ),
  sums as (
    select environment, agent, resource_type, count(*) as n, count(distinct session) as sessions,
      count(expires_at) as ending, min(made_at) as oldest_at, max(made_at) as latest_at,
      list(resource_told(resource_type, resource_id) order by made_at, resource_id, session) as names
    from idle
    group by environment, agent, resource_type
  )
  select a.agent_key, 'cleanup' as kind, s.resource_type as subject, s.n, s.latest_at,
    list_sort(list_distinct(s.names[1:named_most()])) as proposed,
    concat_ws('; ',
      format('{} left behind by {}, the oldest made on {}, and used by no other session since',
        counted(s.n, 'temporary resource'), counted(s.sessions, 'session'), strftime(s.oldest_at, '%Y-%m-%d')),
      case when s.ending > 0 then format('{} by itself later', case when s.ending = 1 then '1 ends'
        else s.ending || ' end' end) end) as evidence
  from sums s
  join agents a on a.workspace = ws and a.environment = s.environment and a.agent = s.agent;

-- grain: one row per use of one of these resources in 400 days, by session and permission, whoever used it; outcome:
-- lost where another session than its maker's used it, since it would have been gone by then
create or replace macro replay_cleanup_of(ws, env, who, names, as_of) as table
  select u.session, u.trace_id, s.goal, u.permission, u.resource_type, u.resource_id, u.uses, u.first_used_at,
    u.last_used_at, case when t.session is null or t.session = u.session then 'kept' else 'lost' end as outcome
  from permission_uses u
  left join sessions s using (session_key)
  left join abandoned_of(ws, env, [who], as_of - interval 400 days, as_of) t
    on t.resource_type = u.resource_type and t.resource_id = u.resource_id and u.last_used_at > t.made_at
  where u.workspace = ws and u.environment = env and u.uses > 0
    and u.first_used_at < as_of and u.last_used_at >= as_of - interval 400 days
    and u.used_via = '' and list_contains(names, resource_told(u.resource_type, u.resource_id));
