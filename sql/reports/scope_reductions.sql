-- report: Scopes that can be taken back
-- question: Which held permissions does the evidence say can be removed, and what is gained?
-- grain: one row per environment, agent, permission and resource pattern whose verdict is unused, the greatest gain first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text           by the permission's weight
-- column: agent text              who holds it
-- column: environment text        where
-- column: proposal text           what to do
-- column: permission text         with which permission
-- column: resource_pattern text   on what, * for all
-- column: risk text               its class
-- column: evidence text           why, with its numbers
-- column: sessions integer        opportunities that went by without a use
-- column: absence_bound double    at most this share of sessions needs it, at 95 %
-- column: index_points double     by how much the agent's excess index falls
-- column: granted_by text[]       sources that would have to take it back
-- column: source_ref text[]       their own names for it
-- severity: severity
-- chart: bars agent index_points
-- window: 90 days
-- schedule: 0 7 * * 1
with judged as (
  select *, weight_of(risk) as weight
  from judged_of($workspace, $environment, $agent, $since, $until)
  where held_now
),
whole as (
  select agent_key, sum(weight) as held_weight from judged group by agent_key
)
select severity_of_weight(weight) as severity, agent, environment, 'remove_permission' as proposal,
  permission, resource_pattern, risk,
  verdict_reason_of(rule, coalesce(uses, 0), coalesce(sessions_with_use, 0), sessions_granted, n,
    round(seconds_between($since, $until) / 86400)::bigint, held_days, days_needed, sessions_needed,
    bound, blind_reason, history_sessions, idle_days, len(use_days), ended_at) as evidence,
  n as sessions, bound as absence_bound, 100.0 * weight / held_weight as index_points,
  granted_by, source_ref
from judged
join whole using (agent_key)
where rule = 'unused'
order by weight desc, index_points desc, environment, agent, permission, resource_pattern
limit $limit;
