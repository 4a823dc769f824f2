-- What telemetry could not have seen: silences, gaps in sequences, sampling.

-- grain: one row per agent and silence: the time since its last session and the longest between two
create or replace macro silences_of(ws, env, wanted, first_at, as_of) as table
  with gaps as (
    select environment, agent, last_span_at,
      seconds_between(max(last_span_at) over (partition by environment, agent
        order by started_at, session rows between unbounded preceding and 1 preceding),
        started_at) as gap_s
    from sessions_of(ws, env, wanted, first_at, as_of)
  )
  select environment, agent, coalesce(max(gap_s), 0) as longest_gap_s,
    seconds_between(max(last_span_at), as_of) as silent_s
  from gaps group by environment, agent;

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
  with sampled as (
    select environment, agent, bool_or(sampled) as sampled
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and started_at >= first_at and started_at < as_of
    group by all
  ),
  gaps as (
    select environment, agent, sum(missing) as missing
    from gaps_of(ws, env, first_at, as_of) group by all
  )
  select s.environment, s.agent,
    case
      when p.sampled then 'its spans are sampled: what is not sent cannot be seen'
      when g.missing > 0 then
        format('{} spans are missing from its producers'' sequences', g.missing::bigint)
      when s.silent_s > 5 * 86400 and s.silent_s > 2 * s.longest_gap_s then
        format('silent for {:.1f} days, longest silence before {:.1f} days',
          s.silent_s / 86400, s.longest_gap_s / 86400)
    end as blind_reason
  from silences_of(ws, env, wanted, as_of - interval 400 days, as_of) s
  left join sampled p using (environment, agent)
  left join gaps g on g.environment = s.environment and g.agent = s.agent;
