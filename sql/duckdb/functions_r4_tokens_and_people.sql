-- Proposals on tokens, on who is asked, and on whose name is used.

-- Told as a proposal only where it takes away at least this share of the present life.
create or replace macro ttl_gain_least() as 0.2;

-- grain: one row per agent and type of token with its lives in [first, as_of) that ended
create or replace macro token_lives_of(ws, env, wanted, first_at, as_of) as table
  with alive as (
    select agent_key, coalesce(type, 'unknown') as type, issued_at, ttl_s, used_s, sessions, session,
      session_ended_at, ended_at, last_used_at, ended_at <= as_of and used_s >= 0 as counts
    from tokens_of(ws, env, wanted, first_at, as_of)
  ),
  figures as (
    select agent_key, type, count(*) as tokens, count(*) filter (where counts) as n,
      median(ttl_s) as ttl_s, max(used_s) filter (where counts) as longest_s,
      quantile_cont(used_s, 0.99) filter (where counts) as p99_s,
      quantile_disc(issued_at, 2.0 / 3) filter (where counts) as third_at,
      count(*) filter (where sessions > 1) as shared, max(sessions) as sessions_most
    from alive group by all
  ),
  advised as (
    select *, suggested_ttl(n, longest_s, p99_s, ttl_s) as proposed_s from figures
  ),
  renewed as (
    select a.agent_key, a.type, count(*) filter (where a.used_s > v.proposed_s)::double / count(*)
      as renewals
    from alive a
    join advised v using (agent_key, type)
    where a.counts and a.issued_at > v.third_at and v.proposed_s is not null
    group by all
  )
  select v.*, r.renewals from advised v left join renewed r using (agent_key, type);

-- grain: one row per agent, kind (shorten_ttl, split_token) and type of token; `lives` names rows of token_lives_of
create or replace macro token_proposals_of(lives) as table
  select agent_key, 'shorten_ttl' as kind, type as subject, n, tokens, ttl_s as present_s, proposed_s, renewals,
    format('{} ended tokens: used for {:.0f} s at most, given {:.0f} s', n, longest_s, ttl_s) as evidence
  from query_table(lives)
  where proposed_s <= (1 - ttl_gain_least()) * ttl_s
  union all
  select agent_key, 'split_token', type, shared, tokens, null, null, null,
    format('{} of {} tokens served several sessions, one of them {}', shared, tokens, sessions_most)
  from query_table(lives)
  where shared > 0;

-- grain: one row per agent and permission that only reads and that people always allowed when asked
create or replace macro needless_questions_of(ws, env, first_at, as_of, judged) as table
  select j.agent_key, j.permission, j.resource_pattern, 'lower_tier' as kind, ['auto'] as proposed,
    count(*) as n,
    format('{} of {} answers allowed it, after {:.0f} s in the median', count(*), count(*),
      median(seconds_between(d.approval_requested_at, d.approval_answered_at))) as evidence
  from query_table(judged) j
  join decisions d on d.environment = j.environment and d.agent = j.agent and d.permission = j.permission
  where d.workspace = ws and (env is null or d.environment = env)
    and d.occurred_at >= first_at and d.occurred_at < as_of
    and d.effect = 'require_approval' and d.tier in ('single', 'dual')
    and d.approval_outcome in ('approved', 'denied', 'modified')
    and j.held_now and j.risk = 'read'
  group by j.agent_key, j.permission, j.resource_pattern
  having count(*) >= answers_least() and bool_and(d.approval_outcome = 'approved');

-- grain: one row per agent whose decisions were made in the name of a user, without a delegation that says so
create or replace macro borrowed_names_of(ws, env, wanted, first_at, as_of) as table
  select a.agent_key, 'separate_identity' as kind, 'user identity' as subject, count(*) as n,
    format('{} decisions in {} sessions were made in the name of {} itself',
      count(*), count(distinct d.session), case when count(distinct d.principal_id) = 1 then 'one user'
      else count(distinct d.principal_id) || ' users' end) as evidence
  from decisions d
  join agents a using (workspace, environment, agent)
  where d.workspace = ws and (env is null or d.environment = env) and listed(wanted, d.agent)
    and d.occurred_at >= first_at and d.occurred_at < as_of
    and d.principal_type = 'user' and d.delegation_type in ('impersonation', 'none')
  group by a.agent_key;
