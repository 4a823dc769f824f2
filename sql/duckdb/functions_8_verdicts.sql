-- The verdict of each permission, with the numbers behind it.

-- grain: one row per agent, permission and resource pattern, held, withdrawn or used outside of every grant
create or replace macro evidence_of(ws, env, wanted, first_at, as_of) as table
  -- Read three times, so worked out once and passed on by its name.
  with islands as materialized (
    select * from islands_of(ws, env, wanted, as_of)
  ),
  latest as materialized (
    select * from islands
    qualify row_number() over (partition by agent_key, permission, resource_pattern
      order by island desc) = 1
  ),
  systems as (
    select distinct agent_key, system_of(permission) as system from latest
  ),
  totals as materialized (
    select * from use_totals_of(ws, env, wanted, first_at, as_of)
  ),
  -- Mostly there are none: through a list the engine takes them for one row.
  sweeps as materialized (
    select unnest(list(s), recursive := true) from sweeps_of(as_of, 'totals') s
  ),
  restarts as materialized (
    select * from restarts_of(ws, env, wanted, as_of)
  ),
  since as materialized (
    select * from counted_since_of(ws, env, wanted, 'restarts')
  ),
  used as materialized (
    select * from use_of(ws, env, wanted, first_at, as_of, 'islands', 'totals', 'sweeps')
  ),
  unfollowed as materialized (
    select * from unfollowed_of(ws, env, wanted, first_at, as_of, 'totals')
  ),
  outside as (
    select agent_key, permission, '*' as resource_pattern, uses as outside_uses,
      sessions_with_use as outside_sessions
    from used where resource_pattern is null
  ),
  rows_of as (
    select l.environment, l.agent, l.agent_key, l.permission, l.resource_pattern, l.held_now,
      l.held_since, l.granted_at, l.ended_at, l.granted_by, l.source_ref, true as ever_held,
      true as system_known, o.outside_uses, o.outside_sessions,
      u.* exclude (environment, agent, agent_key, permission, resource_pattern)
    from latest l
    left join used u using (agent_key, permission, resource_pattern)
    left join outside o using (agent_key, permission, resource_pattern)
    union all by name
    select u.environment, u.agent, u.agent_key, u.permission, '*' as resource_pattern,
      false as held_now, [] as granted_by, [] as source_ref, false as ever_held,
      (u.agent_key, system_of(u.permission)) in (select (agent_key, system) from systems)
        or (u.agent_key, '*') in (select (agent_key, system) from systems) as system_known,
      u.uses as outside_uses, u.sessions_with_use as outside_sessions,
      u.* exclude (environment, agent, agent_key, permission, resource_pattern)
    from used u
    anti join latest l on l.agent_key = u.agent_key
      and l.permission = u.permission and l.resource_pattern = '*'
    where u.resource_pattern is null
  )
  select r.*, k.risk, k.risk_source, coalesce(b.blind_reason, v.unseen_reason) as blind_reason,
    coalesce(c.sessions_granted, 0) as sessions_granted,
    coalesce(c.n, 0)::bigint as n,
    m.restored_at, floor(seconds_between(greatest(r.held_since, m.restored_at), as_of) / 86400)::bigint
      as held_days,
    coalesce(y.days, days_needed_of(k.risk))::bigint as days_needed,
    seconds_between(r.last_used_at, as_of) / 86400 as idle_days,
    w.restarted_at, w.restarted_by, coalesce(v.hidden_allows, 0) as hidden_allows
  from rows_of r
  left join risks_of(ws) k on k.permission = r.permission
  left join young_days y on y.risk = k.risk
  left join chances_of(ws, first_at, as_of, 'islands', 'since', 'sweeps') c
    on c.agent_key = r.agent_key
    and c.permission = r.permission and c.resource_pattern = r.resource_pattern
  left join restored_of(ws, as_of) m on m.environment = r.environment and m.agent = r.agent
    and m.permission = r.permission and m.resource_pattern = r.resource_pattern
  left join unseen_of('latest', 'unfollowed', 'totals') v on v.agent_key = r.agent_key
    and v.permission = r.permission
  left join restarts w on w.agent_key = r.agent_key
  left join blind_agents_of(ws, env, wanted, first_at, as_of) b on b.agent_key = r.agent_key;

-- The first rule that fits, of a permission held now.
create or replace macro rule_of(risk, sessions, history, exempt, blind_reason, held_days, days_needed, n,
    unattested_use, swept, use_days, idle_days, window_days) as
  case
    when sessions > 0 and (history >= 3 or held_days < days_needed) then 'used'
    when exempt then 'exempt'
    when blind_reason is not null then 'unobservable'
    when held_days < days_needed then 'too_young'
    when history between 1 and 2 and n >= 59 then 'rare'
    when unattested_use then 'unattested'
    when swept > 0 then 'swept'
    when absence_bound(n) > threshold_of(risk) then 'small'
    when history > 0 and len(use_days) >= 3 and idle_days <= greatest(
      window_days, cadence_factor(use_days) * longest_gap_days(use_days)) then 'cadence'
    else 'unused'
  end;

-- grain: as evidence_of; the first rule that fits, by its number; rule_with_quarantined: what it would be if the
-- quarantined uses counted, null where there are none
create or replace macro judged_of(ws, env, wanted, first_at, as_of) as table
  with exempted as (
    select * from exempted_of(ws, env, wanted, as_of)
  ),
  quarantined as materialized (
    select unnest(list(q), recursive := true) from quarantined_of(ws, env, wanted, first_at, as_of) q
  ),
  known as (
    select e.*, x.expires_at as exempt_until, x.owner as exempt_by, x.reason as exempt_reason,
      q.uses as quarantined_uses, q.sessions as quarantined_sessions,
      q.history_sessions as quarantined_history
    from evidence_of(ws, env, wanted, first_at, as_of) e
    left join exempted x using (agent_key, permission, resource_pattern)
    left join quarantined q on q.agent_key = e.agent_key and q.permission = e.permission
  )
  select *, threshold_of(risk) as threshold, absence_bound(n) as bound,
    sessions_needed_of(risk) as sessions_needed,
    case
      when outside_uses > 0 and system_known then 'used_not_granted'
      when not ever_held then 'grant_unknown'
      when not held_now and attested_sessions > 0 then 'used'
      when not held_now then 'withdrawn'
      else rule_of(risk, attested_sessions, history_sessions, exempt_until is not null, blind_reason, held_days,
        days_needed, n, unattested_use, swept_sessions, use_days, idle_days, seconds_between(first_at, as_of) / 86400)
    end as rule,
    case when held_now and quarantined_history > 0 then
      rule_of(risk, coalesce(attested_sessions, 0) + quarantined_sessions,
        coalesce(history_sessions, 0) + quarantined_history, exempt_until is not null, blind_reason, held_days,
        days_needed, n, unattested_use, swept_sessions, use_days, idle_days, seconds_between(first_at, as_of) / 86400)
    end as rule_with_quarantined
  from known;

create or replace macro verdict_of(rule) as
  case when rule in ('withdrawn', 'unattested', 'swept', 'small', 'cadence') then 'insufficient' else rule end;

-- "1 session", "2 sessions".
create or replace macro counted(n, word) as
  format('{} {}', n, case when n = 1 then word else word || 's' end);

-- `n` counts tries at one task once, so that sessions with use are told of all that held it.
create or replace macro verdict_reason_of(rule, uses, sessions, held_in, n, days, held, need_days,
    need_n, bound, blind, past, idle, days_used, ended) as
  case rule
    when 'used_not_granted' then format('{} in {} that no known grant covered',
      counted(uses, 'use'), counted(sessions, 'session'))
    when 'grant_unknown' then format('{} in {}; what grants it is not known',
      counted(uses, 'use'), counted(sessions, 'session'))
    when 'used' then format('{} in {} of {} over {}', counted(uses, 'use'), sessions,
      counted(greatest(held_in, sessions), 'session'), counted(days, 'day'))
    when 'withdrawn' then format('not held since {}', strftime(ended, '%Y-%m-%d'))
    when 'unobservable' then blind
    when 'too_young' then format('held for {} of {} days', held, need_days)
    when 'rare' then format('used in {} ever, {} opportunities over {}',
      counted(past, 'session'), n, counted(days, 'day'))
    when 'unattested' then 'used only by spans whose sender may not speak for this agent'
    when 'swept' then format('used by a sweep, a session that alone used {} permissions or more: '
      || 'no evidence until somebody reviewed it', sweep_permissions_least())
    when 'small' then case when past > 0 then format('used in {} ever, {} of {} sessions needed',
        counted(past, 'session'), n, need_n)
      else format('0 uses in {} of {} sessions needed', n, need_n) end
    when 'cadence' then format('used on {} days, idle for {:.0f} days: not yet longer than its rhythm',
      days_used, idle)
    else format('0 uses in {} over {}: at most {} of sessions need it',
      counted(n, 'session'), counted(days, 'day'), percent(bound))
  end;
