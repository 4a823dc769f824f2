-- Anti-patterns that lie in how agents are decided on: each a row per agent with its evidence and its latest sessions.

-- grain: one row per agent that acts as a user
create or replace macro inherited_identity_of(ws, env, wanted, first_at, as_of) as table
  -- An absent delegation is unknown, not none.
  with sums as (
    select environment, agent, count(*) as decisions,
      count(*) filter (where principal_type = 'user'
        and delegation_type in ('impersonation', 'none')) as as_user,
      count(distinct principal_id) filter (where principal_type = 'user'
        and delegation_type in ('impersonation', 'none')) as users,
      max_by(session, (occurred_at, session), 3) filter (where principal_type = 'user'
        and delegation_type in ('impersonation', 'none')) as latest
    from decisions_of(ws, env, wanted, null, first_at, as_of)
    group by environment, agent
  )
  select environment, agent, 'inherited_user_identity' as anti_pattern, as_user as occurrences,
    format('{} decisions were made for a user whom the agent impersonates, of {}',
      out_of(as_user, decisions), counted(users, 'user')) as evidence,
    latest as sessions, 'medium' as severity
  from sums
  where as_user > 0;

-- grain: one row per agent whose decisions are not enforced or were allowed once for all
create or replace macro skipped_permissions_of(ws, env, wanted, first_at, as_of) as table
  with sums as (
    select environment, agent, count(*) as decisions,
      count(*) filter (where enforcement = 'fail_open') as failed_open,
      count(*) filter (where enforcement = 'shadow') as shadowed,
      count(*) filter (where approval_source = 'user_always') as allowed_always,
      max_by(session, (occurred_at, session), 3) filter (where enforcement in ('fail_open', 'shadow')
        or approval_source = 'user_always') as latest
    from decisions_of(ws, env, wanted, null, first_at, as_of)
    group by environment, agent
  )
  select environment, agent, 'skipped_permissions' as anti_pattern,
    failed_open + shadowed + allowed_always as occurrences,
    concat_ws('; ',
      case when failed_open > 0 then format('{} decisions failed open', out_of(failed_open, decisions)) end,
      case when shadowed > 0 then format('{} decisions were not enforced (shadow)', out_of(shadowed, decisions)) end,
      case when allowed_always > 0 then format('{} approvals were given once for all', allowed_always) end)
      as evidence,
    latest as sessions,
    case when failed_open > 0 then 'high' when allowed_always > 0 then 'medium' else 'low' end
      as severity
  from sums
  where failed_open + shadowed + allowed_always > 0;

-- grain: one row per agent and tier whose approvals are given unread
create or replace macro approval_fatigue_of(ws, env, wanted, first_at, as_of) as table
  select environment, agent, 'approval_fatigue' as anti_pattern, answered as occurrences,
    format('{} answers at tier {}, none a refusal, {:.1f} s at the median', answered, tier, answer_p50_s)
      as evidence,
    [last_session] as sessions, 'medium' as severity
  from approvals_of(ws, env, wanted, first_at, as_of)
  where approvals_unread(answered, denied, answer_p50_s);

-- grain: one row per agent that acted undecided where it is decided on, or after a refusal
create or replace macro bypass_of(ws, env, wanted, first_at, as_of) as table
  with gaps as (
    select distinct environment, agent from gaps_of(ws, env, first_at, as_of)
  ),
  acted as (
    select environment, agent, sum(uses) as uses, sum(undecided_uses) as undecided,
      max_by(session, (last_used_at, session), 3) filter (where undecided_uses > 0) as latest
    from permission_uses
    -- Scopes are used through the tools that need them, and are not decided on again.
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and uses > 0 and used_via = '' and permission not like 'oauth:%'
      and last_used_at >= first_at and first_used_at < as_of
    group by environment, agent
  ),
  refused as (
    select environment, agent, count(*) as refused,
      max_by(session, (occurred_at, session), 3) as latest
    from decisions_of(ws, env, wanted, true, first_at, as_of)
    where effect = 'deny' and coalesce(enforcement, 'enforced') not in ('shadow', 'fail_open')
    group by environment, agent
  )
  select environment, agent, 'bypass' as anti_pattern, undecided::bigint as occurrences,
    format('{} of {} actions ran without a decision, where the others have one',
      undecided::bigint, uses::bigint) as evidence,
    latest as sessions, 'high' as severity
  from acted
  anti join gaps using (environment, agent)
  where undecided > 0 and uses >= 20 and uses - undecided >= 0.95 * uses
  union all
  select environment, agent, 'bypass', refused,
    format('{} was followed by the same action', counted(refused, 'denied decision')), latest, 'high'
  from refused;

-- grain: one row per agent that asks for much and does little
create or replace macro probing_of(ws, env, wanted, first_at, as_of) as table
  with sums as (
    select a.environment, a.agent, count(*) as probed, sum(s.denials)::bigint as denials,
      sum(s.actions)::bigint as actions,
      max_by(s.session, (s.denials, s.started_at, s.session), 3) as latest
    from sessions s
    join agents_of(ws, env, wanted) a using (agent_key)
    where s.started_at >= first_at and s.started_at < as_of
      and s.denials >= 10 and s.denials > s.actions
    group by a.environment, a.agent
  )
  select environment, agent, 'probing' as anti_pattern, probed as occurrences,
    format('{} with {} denials beside {} actions', counted(probed, 'session'), denials, actions)
      as evidence,
    latest as sessions, 'high' as severity
  from sums;

-- grain: one row per agent and kind of mismatch between a permission's risk and who is asked
create or replace macro tier_mismatch_of(ws, env, wanted, first_at, as_of) as table
  with asked as (
    select d.environment, d.agent, d.session, d.occurred_at, d.tier, d.permission, w.risk,
      case when w.risk in ('destructive', 'external') and d.tier in ('auto', 'notify') then 'unasked'
        when w.risk = 'read' and d.tier in ('single', 'dual') then 'asked' end as mismatch
    from decisions_of(ws, env, wanted, null, first_at, as_of) d
    join weights_of(ws) w using (permission)
    where d.tier is not null
  ),
  sums as (
    select environment, agent, mismatch, count(*) as decisions,
      count(distinct permission) as permissions, min(permission) as example,
      max_by(session, (occurred_at, session), 3) as latest
    from asked where mismatch is not null
    group by environment, agent, mismatch
  )
  select environment, agent, 'tier_mismatch' as anti_pattern, decisions as occurrences,
    case mismatch
      when 'unasked' then format('{} on {} that destroys or leaves the house asked nobody, as {}',
        counted(decisions, 'decision'), counted(permissions, 'permission'), example)
      else format('{} on {} that only reads waited for a person, as {}',
        counted(decisions, 'decision'), counted(permissions, 'permission'), example) end as evidence,
    latest as sessions, case mismatch when 'unasked' then 'high' else 'low' end as severity
  from sums;
