-- Tokens: life, use, what they outlived and how long would do.

-- The clocks' skew that a use after a token's end is forgiven.
create or replace macro skew() as interval 5 seconds;

-- grain: one row per environment, agent and token alive in [first, as_of)
create or replace macro tokens_of(ws, env, wanted, first_at, as_of) as table
  select a.environment, a.agent, t.* exclude (uses, late_uses), t.late_uses as used_after_end,
    nullif(t.uses, 0)::bigint as uses,
    seconds_between(t.issued_at, t.ended_at) as life_s,
    -- The life that it was given, whether or not it was taken back before.
    seconds_between(t.issued_at, coalesce(t.expires_at, t.ended_at)) as ttl_s,
    seconds_between(t.issued_at, t.last_used_at) as used_s,
    seconds_between(t.issued_at, t.last_used_at)
      / nullif(seconds_between(t.issued_at, t.ended_at), 0) as utilisation,
    seconds_between(coalesce(t.last_used_at, t.issued_at), t.ended_at) as idle_tail_s,
    case when t.ended_at is not null and t.session_ended_at is not null
      then greatest(0, seconds_between(t.session_ended_at, t.ended_at)) end as task_overhang_s
  from tokens t
  join agents_of(ws, env, wanted) a using (agent_key)
  where coalesce(t.issued_at, t.first_used_at, t.revoked_at, as_of - interval 1 microsecond) < as_of
    and (coalesce(t.ended_at, timestamp '9999-01-01') >= first_at or t.last_used_at >= first_at);

-- p99 from 299 ended tokens on, the maximum from 59, none below; never above the life given at present.
create or replace macro suggested_ttl(n, longest, p99, ttl) as
  case when n >= 59 then least(greatest(60, least(3600,
    1.25 * case when n >= 299 then p99 else longest end)), coalesce(ttl, 3600)) end;

create or replace macro in_token_view(view, late, ended, overhang, uses, revoked) as
  view is null or case view
    when 'used_after_end' then late > 0
    when 'never_end' then ended is null
    when 'outlived_session' then overhang > 5
    when 'never_used' then coalesce(uses, 0) = 0
    when 'revoked' then revoked is not null
    else false end;
