-- The anti-pattern of agents that nobody answers for.

-- grain: one row per agent without an owner that holds anything or had a session in the window
create or replace macro ownerless_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select agent_key, max_by(owner, last_started_at) as owner,
      coalesce(sum(sessions) filter (where in_window), 0)::bigint as sessions
    from session_sums_of(ws, env, wanted, first_at, as_of)
    join agent_profiles using (profile_key)
    group by agent_key
  ),
  held as (
    select agent_key, count(*) as held, count(*) filter (where weight_of(risk) >= 10) as heavy
    from judged_of(ws, env, wanted, first_at, as_of)
    where held_now
    group by agent_key
  ),
  latest as (
    select agent_key, max_by(session, (started_at, session), 3) as latest
    from sessions
    semi join agents_of(ws, env, wanted) using (agent_key)
    where started_at >= first_at and started_at < as_of
    group by agent_key
  )
  select a.environment, a.agent, 'ownerless' as anti_pattern, coalesce(h.held, 0) as occurrences,
    format('nobody is named who answers for it; it holds {} permissions, {} of weight 10, and had {} sessions',
      coalesce(h.held, 0), coalesce(h.heavy, 0), coalesce(t.sessions, 0)) as evidence,
    coalesce(l.latest, []) as sessions,
    case when h.heavy > 0 then 'high' when h.held > 0 then 'medium' else 'low' end as severity
  from agents_of(ws, env, wanted) a
  left join set_owners_of(ws, env, wanted) o using (agent_key)
  left join told t using (agent_key)
  left join held h using (agent_key)
  left join latest l using (agent_key)
  where coalesce(o.owner, t.owner) is null and (h.held > 0 or t.sessions > 0);
