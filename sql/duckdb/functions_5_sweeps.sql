-- Sessions that used much that nobody used before or since: their uses wait until somebody has looked at them.

-- A session that holds the only uses of as many permissions is a sweep …
create or replace macro sweep_permissions_least() as 5;

-- … of an agent with as many sessions: with fewer, each is the only one that did what it did.
create or replace macro sweep_sessions_least() as 5;

-- grain: one row per session that is a sweep and that nobody confirmed, permissions: how many it alone used;
-- `totals` names what use_totals_of answered
create or replace macro sweeps_of(as_of, totals) as table
  with singles as materialized (
    select unnest(list(s), recursive := true)
    from (
      select agent_key, permission_key from query_table(totals)
      where history_sessions = 1
      qualify count(*) over (partition by agent_key) >= sweep_permissions_least()
    ) s
  ),
  alone as materialized (
    select u.agent_key, u.session_key, count(distinct u.permission_key) as permissions
    from session_uses u
    semi join singles using (agent_key, permission_key)
    where u.attested_use and u.first_used_at < as_of and u.last_used_at >= as_of - interval 400 days
    group by u.agent_key, u.session_key
    having count(distinct u.permission_key) >= sweep_permissions_least()
  ),
  compared as (
    select s.agent_key
    from sessions s
    semi join alone using (agent_key)
    where s.started_at < as_of
    group by s.agent_key
    having count(*) >= sweep_sessions_least()
  ),
  confirmed as (
    select session_key_of(agent_hash_of(workspace, environment, agent), session) as session_key
    from confirmations
  )
  select a.agent_key, a.session_key, a.permissions, s.session, s.task_id, s.offer_key, s.attested,
    date_trunc('day', s.started_at) as day, s.started_at, s.acted_at
  from alone a
  semi join compared using (agent_key)
  join sessions s using (session_key)
  anti join confirmed using (session_key);

-- grain: one row per agent and permission that a sweep used: the sweeps of history that did, those in the window,
-- and the last one's name; `sweeps` names what sweeps_of answered
create or replace macro swept_uses_of(first_at, as_of, sweeps) as table
  select u.agent_key, u.permission_key, count(distinct u.session_key) as history_sessions,
    count(distinct u.session_key) filter (where u.last_used_at >= first_at) as sessions,
    arg_max(w.session, (u.last_used_at, w.session)) as sweep_session
  from session_uses u
  join query_table(sweeps) w using (agent_key, session_key)
  where u.attested_use and u.first_used_at < as_of and u.last_used_at >= as_of - interval 400 days
  group by u.agent_key, u.permission_key;
