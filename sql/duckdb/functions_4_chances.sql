-- Opportunities: the sessions of a window in which a permission could have been used.

-- grain: one row per session with any span in [first, as_of)
create or replace macro sessions_of(ws, env, wanted, first_at, as_of) as table
  select environment, agent, session, min(started_at) as started_at,
    max(last_span_at) as last_span_at,
    max(coalesce(last_action_at, last_span_at)) as acted_at, max(task_id) as task_id,
    bool_or(sampled) as sampled, bool_and(attested) as attested
  from session_parts
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and last_span_at >= first_at and started_at < as_of
  group by environment, agent, session;

-- grain: one row per session of the window with its share of an opportunity: a task counts once,
-- and a day at most twice the median of the agent's active days
create or replace macro opportunities_of(ws, env, wanted, first_at, as_of) as table
  with counted as (
    select environment, agent, session, started_at, acted_at, last_span_at,
      date_trunc('day', started_at) as day,
      case when not attested then 0
        when task_id is null then 1
        when row_number() over (partition by environment, agent, attested, task_id
          order by started_at, session) = 1 then 1
        else 0 end as counts
    from sessions_of(ws, env, wanted, first_at, as_of)
    where started_at >= first_at
  ),
  days as (
    select environment, agent, day, sum(counts) as n from counted group by all having sum(counts) > 0
  ),
  medians as (
    select environment, agent, median(n) as middle from days group by all
  )
  select c.environment, c.agent, c.session, c.started_at, c.acted_at,
    coalesce(c.counts * least(1, 2 * m.middle / d.n), 0) as share
  from counted c
  left join days d using (environment, agent, day)
  left join medians m on m.environment = c.environment and m.agent = c.agent;

-- grain: one row per agent, permission and resource pattern ever held; the window's sessions that held it;
-- `islands` names what islands_of answered
create or replace macro chances_of(ws, env, wanted, first_at, as_of, islands) as table
  with sessions as materialized (
    select * from opportunities_of(ws, env, wanted, first_at, as_of)
  ),
  offered as (
    select environment, agent, session, case when min(surface_hash) = max(surface_hash)
        then [min(surface_hash)] else list_sort(list(distinct surface_hash)) end as hashes
    from grants
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and kind = 'tool_list' and granted_at < as_of and coalesce(ended_at, as_of) >= first_at
    group by environment, agent, session
  ),
  -- Sessions that were offered the same lists count together.
  alike as (
    select environment, agent, hashes, count(*) as sessions, sum(share) as share
    from sessions
    join offered using (environment, agent, session)
    group by environment, agent, hashes
  ),
  in_lists as (
    select distinct a.environment, a.agent, a.hashes, s.permission, s.resource_pattern, a.sessions,
      a.share
    from (select *, unnest(hashes) as surface_hash from alike) a
    join surfaces s on s.workspace = ws and s.surface_hash = a.surface_hash
  ),
  in_intervals as materialized (
    select environment, agent, permission, resource_pattern, held_since, ended_at
    from query_table(islands) where by_interval
  ),
  intervals as (
    select distinct environment, agent, held_since, ended_at from in_intervals
  ),
  met as (
    select i.environment, i.agent, i.held_since, i.ended_at, count(*) as sessions,
      sum(c.share) as share
    from intervals i
    join sessions c on c.environment = i.environment and c.agent = i.agent
      and c.acted_at > i.held_since and c.started_at < i.ended_at
    group by i.environment, i.agent, i.held_since, i.ended_at
  ),
  chances as (
    select l.environment, l.agent, l.permission, l.resource_pattern, l.sessions, l.share
    from in_lists l
    anti join in_intervals using (environment, agent, permission, resource_pattern)
    union all
    select i.environment, i.agent, i.permission, i.resource_pattern, m.sessions, m.share
    from in_intervals i
    join met m using (environment, agent, held_since, ended_at)
  )
  select environment, agent, permission, resource_pattern, sum(sessions)::bigint as sessions_granted,
    floor(sum(share) + 1e-9) as n
  from chances group by all;
