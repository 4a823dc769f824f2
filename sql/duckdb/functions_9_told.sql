-- Verdicts as the surface tells them: every number that led to one beside it, and the reason in words.

-- grain: one row per row of `rows`, which names rows of judged_of with their cursor
create or replace macro surface_told(ws, env, wanted, first_at, as_of, rows) as table
  with through as materialized (
    select * from used_via_of(ws, env, wanted, first_at, as_of)
  ),
  via as (
    select p.agent_key, p.permission, p.resource_pattern,
      list_sort(list_distinct(flatten(list(t.used_via)))) as used_via
    from query_table(rows) p
    join through t on t.agent_key = p.agent_key and covers(p.permission, t.permission)
    group by p.agent_key, p.permission, p.resource_pattern
  ),
  dated as (
    select p.* exclude (granted_at),
      -- A list told again grants nothing anew.
      case when c.listed_at = p.granted_at then c.since_at else p.granted_at end as granted_at,
      rule in ('unobservable', 'too_young', 'rare', 'unattested', 'swept', 'small', 'cadence', 'unused')
        as weighed,
      n / greatest(1, seconds_between(greatest(held_since, first_at, restarted_at), as_of) / 86400)
        as sessions_a_day,
      seconds_between(first_at, as_of) / 86400 as window_days
    from query_table(rows) p
    left join continued_of(ws, env, wanted, as_of, rows) c
      using (agent_key, permission, resource_pattern)
  ),
  versions as (
    select * from versions_of(ws, env, wanted, as_of)
  )
  select agent, environment, permission, resource_pattern, risk, risk_source,
    weight_of(risk) as weight, held_now as granted, granted_at, held_since,
    coalesce(uses, 0) as uses, coalesce(sessions_with_use, 0) as sessions_with_use,
    sessions_granted, n as opportunities, coalesce(attested_sessions, 0) as attested_sessions,
    coalesce(history_sessions, 0) as history_sessions, coalesce(unattested_use, false) as unattested_use,
    coalesce(swept_sessions, 0) as swept_sessions, sweep_session,
    coalesce(hidden_uses, 0) as hidden_uses, hidden_allows,
    coalesce(hidden_uses, 0) > 0 or (hidden_allows > 0 and coalesce(uses, 0) = 0) as hidden_use,
    coalesce(used_via, []) as used_via,
    coalesce(outside_uses, 0) as uses_not_granted, coalesce(denials, 0) as denials,
    first_used_at, last_used_at, last_denied_at,
    verdict_of(rule) as verdict,
    case when rule = 'exempt' then format('exempt until {} by {}: {}', strftime(exempt_until, '%Y-%m-%d'), exempt_by,
        exempt_reason)
      when rule = 'grant_unknown' and coalesce(uses, 0) = 0
      then format('{} denials and no known grant', denials)
    else verdict_reason_of(rule, coalesce(case when rule = 'used_not_granted' then outside_uses else uses end, 0),
      coalesce(case when rule = 'used_not_granted' then outside_sessions else sessions_with_use end, 0),
      sessions_granted, n,
      round(window_days)::bigint, held_days, days_needed, sessions_needed, bound, blind_reason,
      history_sessions, idle_days, len(use_days), ended_at) end
      || case when rule in ('rare', 'small', 'cadence', 'unused') and restarted_at > greatest(first_at, held_since)
        then format('; counted since {}: {}', strftime(restarted_at, '%Y-%m-%d'), restarted_by) else '' end
      as verdict_reason,
    case when ever_held then held_days end as held_days, days_needed, restored_at, restarted_at, restarted_by,
    agent_version, agent_version_since, idle_days, coalesce(len(use_days), 0) as days_with_use,
    coalesce(longest_gap_days(use_days), 0) as longest_gap_days, blind_reason,
    exempt_until, exempt_by, exempt_reason, coalesce(quarantined_uses, 0) as quarantined_uses,
    verdict_of(rule_with_quarantined) as verdict_with_quarantined,
    case when coalesce(uses, 0) = 0 and held_now and n > 0 then bound end as absence_bound,
    threshold,
    {
      'days': case when weighed then held_days end,
      'days_needed': case when weighed then days_needed end,
      'sessions': case when weighed then n end,
      'sessions_needed': case when weighed then sessions_needed end,
      'due_at': case when weighed and (held_days < days_needed or n < sessions_needed)
          and (n >= sessions_needed or sessions_a_day * window_days >= sessions_needed)
        then as_of + to_seconds(86400 * greatest(days_needed - held_days,
          case when n < sessions_needed then (sessions_needed - n) / sessions_a_day else 0 end)) end
    } as evidence,
    granted_by, source_ref, cursor
  from dated
  left join via using (agent_key, permission, resource_pattern)
  left join versions using (agent_key);
