-- Opportunities: the sessions of a window in which a permission could have been used.

-- grain: one row per agent asked for and when its opportunities begin; `restarts` names what restarts_of answered
create or replace macro counted_since_of(ws, env, wanted, restarts) as table
  select a.agent_key, coalesce(r.restarted_at, timestamp '1970-01-01') as counted_from
  from agents_of(ws, env, wanted) a
  left join query_table(restarts) r using (agent_key);

-- grain: one row per session that began in [first, as_of); counts: 1 where it is an opportunity of its own,
-- since a task counts once, what may not speak for the agent never, nor what was before its evidence began; a sweep
-- outside of tasks is told apart by its key. `since` and `sweeps` name what counted_since_of and sweeps_of answered
create or replace macro counted_sessions_of(first_at, as_of, since, sweeps) as table
  select s.agent_key, s.session_key, s.offer_key, date_trunc('day', s.started_at) as day, s.started_at,
    s.acted_at, false as tasked, (s.attested and s.started_at >= r.counted_from)::integer as counts
  from sessions s
  join query_table(since) r using (agent_key)
  where s.started_at >= first_at and s.started_at < as_of and s.task_id is null
  union all
  select s.agent_key, s.session_key, s.offer_key, date_trunc('day', s.started_at), s.started_at,
    s.acted_at, true,
    (s.attested and w.session_key is null and s.started_at >= r.counted_from
      and row_number() over (partition by s.agent_key, s.attested, w.session_key is null,
        s.started_at >= r.counted_from, s.task_id order by s.started_at, s.session) = 1)::integer
  from sessions s
  join query_table(since) r using (agent_key)
  left join query_table(sweeps) w using (session_key)
  where s.started_at >= first_at and s.started_at < as_of and s.task_id is not null;

-- grain: one row per agent, day and set of tool lists offered; factor: what an opportunity of that day
-- weighs, since a day counts at most twice the median of the agent's active days
create or replace macro opportunity_days_of(first_at, as_of, since, sweeps) as table
  with told as (
    select d.agent_key, d.offer_key, d.day, d.sessions,
      case when d.attested and d.day >= r.counted_from then d.sessions else 0 end as counts,
      d.first_started_at, d.last_started_at, d.first_acted_at, d.last_acted_at
    from session_days d
    join query_table(since) r using (agent_key)
    where not d.tasked and d.day > first_at and d.day < date_trunc('day', as_of)
      and d.day <> date_trunc('day', r.counted_from)
    union all
    -- Days that the window or a restart cuts, and tasks, are looked at session by session.
    select c.agent_key, c.offer_key, c.day, 1, c.counts, c.started_at, c.started_at, c.acted_at, c.acted_at
    from counted_sessions_of(first_at, as_of, since, sweeps) c
    join query_table(since) r using (agent_key)
    where c.tasked or c.day = date_trunc('day', first_at) or c.day = date_trunc('day', as_of)
      or c.day = date_trunc('day', r.counted_from)
    union all
    -- Those that wait for a review are in these days, and are taken off again.
    select w.agent_key, w.offer_key, w.day, 0, -1, w.started_at, w.started_at, w.acted_at, w.acted_at
    from query_table(sweeps) w
    join query_table(since) r using (agent_key)
    where w.attested and w.task_id is null and w.started_at >= first_at and w.started_at < as_of
      and w.started_at >= r.counted_from
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
-- `islands`, `since` and `sweeps` name what islands_of, counted_since_of and sweeps_of answered
create or replace macro chances_of(ws, first_at, as_of, islands, since, sweeps) as table
  with days as materialized (
    select * from opportunity_days_of(first_at, as_of, since, sweeps)
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
      sum(case when w.session_key is null then c.counts else 0 end * r.factor) as share
    from counted_sessions_of(first_at, as_of, since, sweeps) c
    left join query_table(sweeps) w using (session_key)
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
