-- question: What does each agent hold, what of it was used, and what does the evidence say?
-- grain: one row per agent, permission and resource pattern
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: since timestamp        first instant counted
-- param: until timestamp        first instant not counted
-- param: now timestamp          nothing after it is known
-- param: agent text[]?          these agents
-- param: not_agent text[]?      all but these agents
-- param: permission text[]?     these permissions
-- param: not_permission text[]? all but these permissions
-- param: verdict text[]?        these verdicts
-- param: not_verdict text[]?    all but these verdicts
-- param: risk text[]?           these risks
-- param: not_risk text[]?       all but these risks
-- param: granted boolean?       held now, or not
-- param: held_from timestamp?    held since this instant or later
-- param: search text?           text in the permission or agent
-- param: matching text?         text in the permission, its verdict or its risk
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: agent text                     the agent
-- column: environment text               where it runs
-- column: permission text                as it is granted or used
-- column: resource_pattern text          what it is granted on, * for all
-- column: risk text                      its class
-- column: risk_source text               where the class is from
-- column: weight integer                 1, 3 or 10 by class
-- column: granted boolean                held at until
-- column: granted_at timestamp?          the latest grant; of what lists name again and again the first unbroken
-- column: held_since timestamp?          start of the latest island of grants
-- column: uses integer                   in the window
-- column: sessions_with_use integer      in the window
-- column: sessions_granted integer       of the window that held it
-- column: denials integer                in the window
-- column: first_used_at timestamp?       in 400 days
-- column: last_used_at timestamp?        in 400 days
-- column: last_denied_at timestamp?      in 400 days
-- column: verdict text                   the first rule that fits
-- column: verdict_reason text            the rule with its numbers
-- column: exempt_until timestamp?        not judged before, by a ruling
-- column: quarantined_uses integer       in the window, which count as no use
-- column: verdict_with_quarantined text? what the verdict would be if they counted; null where there are none
-- column: absence_bound double?          share of coming sessions that needs it, at most
-- column: threshold double               the bound at which it counts as unused
-- column: evidence struct                how far the evidence has come
-- column: granted_by text[]              sources that grant it
-- column: source_ref text[]              their own names for it
-- column: cursor text                    where the next page starts
with judged as (
  select *, concat_ws(chr(31), environment, agent, permission, resource_pattern) as cursor
  from judged_of($workspace, $environment, $agent, $since, least($until, $now))
  where unlisted($not_agent, agent)
    and listed($permission, permission) and unlisted($not_permission, permission)
    and listed($verdict, verdict_of(rule)) and unlisted($not_verdict, verdict_of(rule))
    and listed($risk, risk) and unlisted($not_risk, risk)
    and ($granted is null or held_now = $granted)
    and ($held_from is null or held_since >= $held_from)
    and (occurs($search, permission) or occurs($search, agent))
    and occurs($matching, concat_ws(' ', permission, verdict_of(rule), risk))
),
-- Reasons are written for the rows of the page alone.
paged as (
  select * from judged where $after is null or cursor > $after order by cursor limit $limit
),
dated as (
  select p.* exclude (granted_at),
      -- A list told again grants nothing anew.
      case when c.listed_at = p.granted_at then c.since_at else p.granted_at end as granted_at,
      rule in ('unobservable', 'too_young', 'rare', 'unattested', 'small', 'cadence', 'unused')
      as weighed,
    n / greatest(1, seconds_between(greatest(held_since, $since), least($until, $now)) / 86400)
      as sessions_a_day,
    seconds_between($since, least($until, $now)) / 86400 as window_days
  from paged p
  left join continued_of($workspace, $environment, $agent, least($until, $now), 'paged') c
    using (agent_key, permission, resource_pattern)
)
select agent, environment, permission, resource_pattern, risk, risk_source,
  weight_of(risk) as weight, held_now as granted, granted_at, held_since,
  coalesce(uses, 0) as uses, coalesce(sessions_with_use, 0) as sessions_with_use,
  sessions_granted, coalesce(denials, 0) as denials, first_used_at, last_used_at, last_denied_at,
  verdict_of(rule) as verdict,
  case when rule = 'exempt' then format('exempt until {} by {}: {}', strftime(exempt_until, '%Y-%m-%d'), exempt_by,
      exempt_reason)
    when rule = 'grant_unknown' and coalesce(uses, 0) = 0
    then format('{} denials and no known grant', denials)
  else verdict_reason_of(rule, coalesce(case when rule = 'used_not_granted' then outside_uses else uses end, 0),
    coalesce(case when rule = 'used_not_granted' then outside_sessions else sessions_with_use end, 0),
    sessions_granted, n,
    round(window_days)::bigint, held_days, days_needed, sessions_needed, bound, blind_reason,
    history_sessions, idle_days, len(use_days), ended_at) end as verdict_reason,
  exempt_until, coalesce(quarantined_uses, 0) as quarantined_uses,
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
      then least($until, $now) + to_seconds(86400 * greatest(days_needed - held_days,
        case when n < sessions_needed then (sessions_needed - n) / sessions_a_day else 0 end)) end
  } as evidence,
  granted_by, source_ref, cursor
from dated
order by cursor;
