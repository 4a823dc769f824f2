-- Opportunities: the sessions of a window in which a permission could have been used.

-- grain: one row per session that began in [first, as_of); counts: 1 where it is an opportunity of its own,
-- since a task counts once and what may not speak for the agent never
create or replace macro counted_sessions_of(ws, env, wanted, first_at, as_of) as table
  select agent_key, offer_key, date_trunc('day', started_at) as day, started_at, acted_at,
    false as tasked, attested::integer as counts
  from sessions
  semi join agents_of(ws, env, wanted) using (agent_key)
  where started_at >= first_at and started_at < as_of and task_id is null
  union all
  select agent_key, offer_key, date_trunc('day', started_at), started_at, acted_at, true,
    (attested and row_number() over (partition by agent_key, attested, task_id
      order by started_at, session) = 1)::integer
  from sessions
  semi join agents_of(ws, env, wanted) using (agent_key)
  where started_at >= first_at and started_at < as_of and task_id is not null;

-- grain: one row per agent, day and set of tool lists offered; factor: what an opportunity of that day
-- weighs, since a day counts at most twice the median of the agent's active days
create or replace macro opportunity_days_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select agent_key, offer_key, day, sessions, case when attested then sessions else 0 end as counts,
      first_started_at, last_started_at, first_acted_at, last_acted_at
    from session_days
    semi join agents_of(ws, env, wanted) using (agent_key)
    where not tasked and day > first_at and day < date_trunc('day', as_of)
    union all
    -- Days that the window cuts, and tasks, are looked at session by session.
    select agent_key, offer_key, day, 1, counts, started_at, started_at, acted_at, acted_at
    from counted_sessions_of(ws, env, wanted, first_at, as_of)
    where tasked
    union all
    select agent_key, offer_key, day, 1, counts, started_at, started_at, acted_at, acted_at
    from counted_sessions_of(ws, env, wanted, first_at, as_of)
    where not tasked and (started_at < date_trunc('day', first_at) + interval 1 day
      or started_at >= date_trunc('day', as_of))
  ),
  grouped as (
    select agent_key, offer_key, day, sum(sessions) as sessions, sum(counts) as counts,
      min(first_started_at) as first_started_at, max(last_started_at) as last_started_at,
      min(first_acted_at) as first_acted_at, max(last_acted_at) as last_acted_at
    from told
    group by agent_key, offer_key, day
  ),
  days as (
    select agent_key, day, sum(counts) as n from grouped group by all having sum(counts) > 0
  ),
  medians as (
    select agent_key, median(n) as middle from days group by agent_key
  )
  select g.*, coalesce(least(1, 2 * m.middle / d.n), 0) as factor
  from grouped g
  left join days d using (agent_key, day)
  left join medians m using (agent_key);

-- grain: one row per agent, permission and resource pattern ever held; the window's sessions that held it;
-- `islands` names what islands_of answered
create or replace macro chances_of(ws, env, wanted, first_at, as_of, islands) as table
  with days as materialized (
    select * from opportunity_days_of(ws, env, wanted, first_at, as_of)
  ),
  -- Sessions that were offered the same lists count together.
  alike as (
    select agent_key, offer_key, sum(sessions) as sessions, sum(counts * factor) as share
    from days
    where offer_key is not null
    group by agent_key, offer_key
  ),
  in_lists as (
    select distinct a.agent_key, a.offer_key, s.permission, s.resource_pattern, a.sessions, a.share
    from alike a
    join offers o using (offer_key)
    join surfaces s on s.workspace = ws and s.surface_hash = o.surface_hash
  ),
  in_intervals as materialized (
    select agent_key, permission, resource_pattern, held_since, ended_at
    from query_table(islands) where by_interval
  ),
  intervals as (
    select distinct agent_key, held_since, ended_at from in_intervals
  ),
  reached as materialized (
    select i.*, d.day, d.sessions, d.counts, d.factor, d.offer_key,
      d.first_acted_at > i.held_since and d.last_started_at < i.ended_at as whole
    from intervals i
    join days d using (agent_key)
    where d.last_acted_at > i.held_since and d.first_started_at < i.ended_at
  ),
  -- A day in which the grant began or ended is looked at session by session. There are few of them: through a
  -- list the engine takes them for one row, and hashes them and not the sessions.
  cuts as (
    select unnest(list(r), recursive := true) from reached r where not r.whole
  ),
  cut as (
    select r.agent_key, r.held_since, r.ended_at, count(*) as sessions,
      sum(c.counts * r.factor) as share
    from counted_sessions_of(ws, env, wanted, first_at, as_of) c
    join cuts r on r.agent_key = c.agent_key and r.day = c.day
      and r.offer_key is not distinct from c.offer_key
    where c.acted_at > r.held_since and c.started_at < r.ended_at
    group by r.agent_key, r.held_since, r.ended_at
  ),
  met as (
    select agent_key, held_since, ended_at, sum(sessions) as sessions, sum(share) as share
    from (
      select agent_key, held_since, ended_at, sessions, counts * factor as share
      from reached where whole
      union all
      select * from cut
    )
    group by agent_key, held_since, ended_at
  ),
  chances as (
    select l.agent_key, l.permission, l.resource_pattern, l.sessions, l.share
    from in_lists l
    anti join in_intervals using (agent_key, permission, resource_pattern)
    union all
    select i.agent_key, i.permission, i.resource_pattern, m.sessions, m.share
    from in_intervals i
    join met m using (agent_key, held_since, ended_at)
  )
  select agent_key, permission, resource_pattern, sum(sessions)::bigint as sessions_granted,
    floor(sum(share) + 1e-9) as n
  from chances group by all;
