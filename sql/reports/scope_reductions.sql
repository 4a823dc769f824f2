-- report: Scopes that can be taken back
-- question: What that agents hold does the evidence say can be taken back or made narrower, and what is gained?
-- grain: one row per proposal that nobody has settled, the heaviest and the greatest gain first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text           by the permission's weight; low where it is needed now and then
-- column: agent text              who holds it
-- column: environment text        where
-- column: proposal text           what to do
-- column: permission text         with which permission
-- column: resource_pattern text   on what, * for all
-- column: keep text[]             what is to be held instead; nothing where it is taken away
-- column: risk text               its class
-- column: evidence text           why, with its numbers
-- column: sessions integer        opportunities that went by without a use, or with one where it is narrowed
-- column: absence_bound double?   at most this share of sessions needs it, at 95 %; null where it is used
-- column: joint_risk_bound double?  at most this share misses any of the agent's removals together, at 95 %
-- column: index_points double     by how much the agent's excess index falls
-- column: granted_by text[]       sources that would have to take it back
-- column: source_ref text[]       their own names for it
-- column: still_granted text[]    grants of the agent that would give it still
-- column: state text              what somebody ruled, or open
-- severity: severity
-- chart: bars agent index_points
-- window: 90 days
-- schedule: 0 7 * * 1
with standing as (
  select *, case when kind in ('just_in_time', 'task_scope') then 'low' else severity_of_weight(weight) end as severity
  from recommendations_said_of($workspace, $environment, $since, $until)
  where kind in ('remove_permission', 'narrow_permission', 'narrow_resource', 'just_in_time', 'task_scope')
    and state not in ('dismissed', 'verified', 'closed')
    and listed($agent, agent)
)
select severity, agent, environment, kind as proposal, permission, resource_pattern, proposed as keep, risk, evidence,
  n as sessions, case when uses = 0 then bound end as absence_bound, joint_risk as joint_risk_bound,
  index_reduction as index_points, granted_by, source_ref, still_granted, state
from standing
order by severity_rank(severity), weight desc, index_points desc, environment, agent, permission,
  resource_pattern, kind
limit $limit;
