-- report: What agents were denied
-- question: What was each agent denied, by which rule, and was it done all the same?
-- grain: one row per environment, agent, permission, effect, policy and reason, the worst first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text         high: the action ran all the same; medium: it would have done harm; else low
-- column: agent text            who asked
-- column: environment text      where
-- column: permission text?      for what
-- column: risk text             its class
-- column: effect text           deny, not_applicable or error
-- column: policy text?          which decided
-- column: reason text?          its reason
-- column: denials integer       how often
-- column: executed integer      of them followed by the action
-- column: sessions integer      in how many sessions
-- column: users integer         for how many users
-- column: first_at timestamp    the first in the window
-- column: last_at timestamp     the last in the window
-- column: last_session text     in which that was
-- severity: severity
-- chart: bars permission denials
-- window: 7 days
-- schedule: 0 7 * * *
with refused as (
  select d.*, coalesce(w.risk, risk_of_name(d.permission), 'write') as risk
  from decisions_of($workspace, $environment, $agent, null, $since, $until) d
  left join weights_of($workspace) w using (permission)
  where d.effect in ('deny', 'not_applicable', 'error')
    and coalesce(d.enforcement, 'enforced') not in ('shadow', 'fail_open')
),
counts as (
  select environment, agent, permission, effect, policy, reason, any_value(risk) as risk,
    count(*) as denials, count(action_span_id) as executed,
    count(distinct session) as sessions, count(distinct user_id) as users,
    min(occurred_at) as first_at, max(occurred_at) as last_at,
    max_by(session, (occurred_at, session)) as last_session
  from refused
  group by environment, agent, permission, effect, policy, reason
),
rated as (
  select *, case when executed > 0 and effect = 'deny' then 'high'
      when weight_of(risk) >= 10 then 'medium' else 'low' end as severity
  from counts
)
select severity, agent, environment, permission, risk, effect, policy, reason, denials, executed,
  sessions, users, first_at, last_at, last_session
from rated
order by severity_rank(severity), denials desc, environment, agent, permission nulls last, effect,
  policy nulls last, reason nulls last
limit $limit;
