-- Tokens: life, use, what they outlived and how long would do.

-- The clocks' skew that a use after a token's end is forgiven.
create or replace macro skew() as interval 5 seconds;

-- grain: one row per environment, agent and token alive in [first, as_of)
create or replace macro tokens_of(ws, env, wanted, first_at, as_of) as table
  with events as (
    select environment, agent, session, trace_id, fingerprint, event, type, issuer, audience,
      issued_at, expires_at, revoked_at, scopes, scopes_requested, uses, first_used_at, last_used_at
    from token_events
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and coalesce(issued_at, first_used_at, revoked_at, as_of - interval 1 microsecond) < as_of
  ),
  merged as (
    select environment, agent, fingerprint, min(issued_at) as issued_at,
      min(expires_at) as expires_at, min(revoked_at) as revoked_at,
      min(type) as type, min(issuer) as issuer, min(audience) as audience,
      arg_max(scopes, issued_at) as scopes, arg_max(scopes_requested, issued_at) as scopes_requested,
      arg_min(session, coalesce(issued_at, first_used_at)) as session,
      arg_min(trace_id, coalesce(issued_at, first_used_at)) as trace_id,
      sum(uses) filter (where event = 'used')::bigint as uses,
      min(first_used_at) as first_used_at, max(last_used_at) as last_used_at,
      count(distinct session) as sessions
    from events group by environment, agent, fingerprint
  ),
  ended as materialized (
    select *, least(expires_at, revoked_at) as ended_at from merged
    where coalesce(least(expires_at, revoked_at), timestamp '9999-01-01') >= first_at
      or last_used_at >= first_at
  ),
  -- Of uses told together that go on beyond the end at least the last came after it.
  late as (
    select e.environment, e.agent, e.fingerprint,
      sum(case when v.first_used_at > e.ended_at + skew() then v.uses else 1 end)::bigint as uses
    from ended e
    join events v using (environment, agent, fingerprint)
    where e.last_used_at > e.ended_at + skew() and v.event = 'used'
      and v.last_used_at > e.ended_at + skew()
    group by e.environment, e.agent, e.fingerprint
  ),
  served as (
    select environment, agent, session,
      coalesce(max(task_ended_at), max(last_span_at)) as session_ended_at
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    group by environment, agent, session
  )
  select e.*, s.session_ended_at,
    seconds_between(e.issued_at, e.ended_at) as life_s,
    seconds_between(e.issued_at, e.last_used_at) as used_s,
    seconds_between(e.issued_at, e.last_used_at)
      / nullif(seconds_between(e.issued_at, e.ended_at), 0) as utilisation,
    seconds_between(coalesce(e.last_used_at, e.issued_at), e.ended_at) as idle_tail_s,
    case when e.ended_at is not null and s.session_ended_at is not null
      then greatest(0, seconds_between(s.session_ended_at, e.ended_at)) end as task_overhang_s,
    coalesce(l.uses, 0) as used_after_end
  from ended e
  left join served s using (environment, agent, session)
  left join late l on l.environment = e.environment and l.agent = e.agent
    and l.fingerprint = e.fingerprint;

-- p99 from 299 ended tokens on, the maximum from 59, none below; never above the present life.
create or replace macro suggested_ttl(n, longest, p99, life) as
  case when n >= 59 then least(greatest(60, least(3600,
    1.25 * case when n >= 299 then p99 else longest end)), coalesce(life, 3600)) end;

create or replace macro in_token_view(view, late, ended, overhang, uses, revoked) as
  view is null or case view
    when 'used_after_end' then late > 0
    when 'never_end' then ended is null
    when 'outlived_session' then overhang > 5
    when 'never_used' then coalesce(uses, 0) = 0
    when 'revoked' then revoked is not null
    else false end;
