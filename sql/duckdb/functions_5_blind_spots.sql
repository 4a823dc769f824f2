-- What telemetry could not have seen: silences, gaps in sequences, sampling.

-- A silence up to this is no reason to doubt.
create or replace macro silent_s_least() as 5 * 86400;

-- grain: one row per agent with a session in [first, as_of): whether any since `sampled_from` was sampled, the
-- time since its last span and, where that is long, the longest silence before; shorter ones blind nobody
create or replace macro silences_of(ws, env, wanted, first_at, sampled_from, as_of) as table
  with told as (
    select agent_key, last_span_at, sampled and day >= date_trunc('day', sampled_from) as sampled
    from session_days
    where last_span_at >= first_at and day < date_trunc('day', as_of)
    union all
    select agent_key, last_span_at, sampled from sessions
    where started_at >= date_trunc('day', as_of) and started_at < as_of
  ),
  ends as (
    select agent_key, seconds_between(max(last_span_at), as_of) as silent_s,
      bool_or(sampled) as sampled
    from told
    semi join agents_of(ws, env, wanted) using (agent_key)
    group by agent_key
  ),
  gaps as (
    select agent_key,
      seconds_between(max(last_span_at) over (partition by agent_key
        order by started_at, session rows between unbounded preceding and 1 preceding),
        started_at) as gap_s
    from sessions
    semi join (select agent_key from ends where silent_s > silent_s_least()) using (agent_key)
    where last_span_at >= first_at and started_at < as_of
  ),
  longest as (
    select agent_key, coalesce(max(gap_s), 0) as longest_gap_s from gaps group by agent_key
  )
  select e.agent_key, e.sampled, e.silent_s, l.longest_gap_s
  from ends e
  left join longest l using (agent_key);

-- grain: one row per producer and agent with spans in [first, as_of) whose sequence lacks numbers
create or replace macro gaps_of(ws, env, first_at, as_of) as table
  with sequences as (
    select producer_id, max(last_seq) - min(first_seq) + 1 - sum(spans) as missing
    from producer_parts
    where workspace = ws and last_seen_at >= first_at and last_seen_at < as_of
    group by producer_id
    having max(last_seq) - min(first_seq) + 1 > sum(spans)
  )
  select distinct p.environment, p.agent, p.producer_id, s.missing
  from producer_parts p
  join sequences s using (producer_id)
  where p.workspace = ws and (env is null or p.environment = env)
    and p.last_seen_at >= first_at and p.last_seen_at < as_of;

-- grain: one row per agent: why telemetry could not have seen a use, null where it could
create or replace macro blind_agents_of(ws, env, wanted, first_at, as_of) as table
  with gaps as (
    select environment, agent, sum(missing) as missing
    from gaps_of(ws, env, first_at, as_of) group by all
  )
  select s.agent_key,
    case
      when s.sampled then 'its spans are sampled: what is not sent cannot be seen'
      when g.missing > 0 then
        format('{} spans are missing from its producers'' sequences', g.missing::bigint)
      when s.silent_s > silent_s_least() and s.silent_s > 2 * s.longest_gap_s then
        format('silent for {:.1f} days, longest silence before {:.1f} days',
          s.silent_s / 86400, s.longest_gap_s / 86400)
    end as blind_reason
  from silences_of(ws, env, wanted, as_of - interval 400 days, first_at, as_of) s
  join agents a using (agent_key)
  left join gaps g on g.environment = a.environment and g.agent = a.agent;
