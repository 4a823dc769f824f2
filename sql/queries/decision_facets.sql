-- question: Which values occur in each column of the decisions, and how often?
-- grain: one row per column and value; the 20 most frequent of each column, unknown values left out
-- param: workspace text            the tenant
-- param: environment text?         one environment, or null for all
-- param: since timestamp           first instant counted
-- param: until timestamp           first instant not counted
-- param: agent text[]?             these agents
-- param: not_agent text[]?         all but these agents
-- param: user text[]?              these users
-- param: not_user text[]?          all but these users
-- param: session text[]?           these sessions
-- param: not_session text[]?       all but these sessions
-- param: permission text[]?        these permissions
-- param: not_permission text[]?    all but these permissions
-- param: effect text[]?            these effects
-- param: not_effect text[]?        all but these effects
-- param: resource_type text[]?     these kinds of resource
-- param: not_resource_type text[]? all but these kinds of resource
-- param: resource_id text[]?       these resources
-- param: not_resource_id text[]?   all but these resources
-- param: enforcement text[]?       these ways of enforcement
-- param: not_enforcement text[]?   all but these ways of enforcement
-- param: engine text[]?            these policy engines
-- param: not_engine text[]?        all but these policy engines
-- param: policy text[]?            these policies
-- param: not_policy text[]?        all but these policies
-- param: rule text[]?              decided by any of these rules
-- param: not_rule text[]?          decided by none of these rules
-- param: reason text[]?            these reasons
-- param: not_reason text[]?        all but these reasons
-- param: tier text[]?              these tiers of approval
-- param: not_tier text[]?          all but these tiers of approval
-- param: approval_outcome text[]?  these outcomes of approval
-- param: executed boolean?         the action was executed, or not
-- param: decision_id text[]?       these decisions
-- param: trace_id text[]?          of these traces
-- param: search text?              text in the reason, permission, resource or rules
-- param: after text?               cursor of the row before
-- param: limit integer             rows at most
-- column: facet text                the column
-- column: value text                the value
-- column: decisions integer         how often
-- column: cursor text               where the next page starts
with matched as (
  select *
  from decisions_of($workspace, $environment, $agent, $executed, $since, $until)
  where unlisted($not_agent, agent)
    and listed($user, user_id) and unlisted($not_user, user_id)
    and listed($session, session) and unlisted($not_session, session)
    and listed($permission, permission) and unlisted($not_permission, permission)
    and listed($effect, effect) and unlisted($not_effect, effect)
    and listed($resource_type, resource_type) and unlisted($not_resource_type, resource_type)
    and listed($resource_id, resource_id) and unlisted($not_resource_id, resource_id)
    and listed($enforcement, enforcement) and unlisted($not_enforcement, enforcement)
    and listed($engine, engine) and unlisted($not_engine, engine)
    and listed($policy, policy) and unlisted($not_policy, policy)
    and listed_any($rule, rules) and unlisted_any($not_rule, rules)
    and listed($reason, reason) and unlisted($not_reason, reason)
    and listed($tier, tier) and unlisted($not_tier, tier)
    and listed($approval_outcome, approval_outcome)
    and listed($decision_id, decision_id) and listed($trace_id, trace_hex(trace_id))
    and (occurs($search, reason) or occurs($search, permission) or occurs($search, resource_id)
      or occurs($search, array_to_string(rules, ' ')))
),
narrow as (
  select agent, user_id as user, permission, effect, resource_type, enforcement, engine, policy,
    reason, tier, approval_outcome
  from matched
),
told as (
  unpivot narrow on columns(*) into name facet value value
),
ruled as (
  select facet, value from told
  union all
  select 'rule' as facet, unnest(rules) as value from matched
),
counted as (
  select facet, value, count(*) as decisions
  from ruled
  group by facet, value
  qualify row_number() over (partition by facet order by count(*) desc, value) <= 20
),
keyed as (
  select *, concat_ws(chr(31), facet, lpad((1000000000000 - decisions)::varchar, 13, '0'), value)
      as cursor
  from counted
)
select facet, value, decisions, cursor
from keyed
where $after is null or cursor > $after
order by cursor
limit $limit;
