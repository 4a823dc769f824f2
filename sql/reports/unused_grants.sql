-- report: Permissions held and never used
-- question: Which permissions did an agent hold and never use in the window?
-- grain: one row per environment, agent, permission and resource pattern, the proven and heaviest first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text             by weight where the evidence is complete, else info
-- column: agent text                who holds it
-- column: environment text          where
-- column: permission text           what is held
-- column: resource_pattern text     on what, * for all
-- column: risk text                 its class
-- column: weight integer            1, 3 or 10 by class
-- column: verdict text              what the evidence says
-- column: evidence text             the verdict's reason with its numbers
-- column: sessions_granted integer  sessions of the window that held it
-- column: absence_bound double?     at most this share of sessions needs it, at 95 %
-- column: held_since timestamp      start of the latest island of grants
-- column: last_used_at timestamp?   in 400 days
-- column: granted_by text[]         sources that grant it
-- severity: severity
-- chart: bars agent weight
-- window: 90 days
-- schedule: 0 7 * * 1
with held as (
  select * from judged_of($workspace, $environment, $agent, $since, $until)
  where held_now and coalesce(uses, 0) = 0
),
rated as (
  select *, weight_of(risk) as weight,
    case when rule = 'unused' then severity_of_weight(weight_of(risk)) else 'info' end as severity
  from held
)
select severity, agent, environment, permission, resource_pattern, risk, weight,
  verdict_of(rule) as verdict,
  verdict_reason_of(rule, coalesce(uses, 0), coalesce(sessions_with_use, 0), sessions_granted, n,
    round(seconds_between($since, $until) / 86400)::bigint, held_days, days_needed, sessions_needed,
    bound, blind_reason, history_sessions, idle_days, len(use_days), ended_at) as evidence,
  sessions_granted, case when n > 0 then bound end as absence_bound, held_since, last_used_at,
  granted_by
from rated
order by severity_rank(severity), weight desc, environment, agent, permission, resource_pattern
limit $limit;
