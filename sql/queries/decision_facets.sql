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
  from decisions_like($workspace, $environment, $agent, $executed, $since, $until, {
    not_agent: $not_agent, user: $user, not_user: $not_user, session: $session,
    not_session: $not_session, permission: $permission, not_permission: $not_permission,
    effect: $effect, not_effect: $not_effect, resource_type: $resource_type,
    not_resource_type: $not_resource_type, resource_id: $resource_id,
    not_resource_id: $not_resource_id, enforcement: $enforcement, not_enforcement: $not_enforcement,
    engine: $engine, not_engine: $not_engine, policy: $policy, not_policy: $not_policy, rule: $rule,
    not_rule: $not_rule, reason: $reason, not_reason: $not_reason, tier: $tier, not_tier: $not_tier,
    approval_outcome: $approval_outcome, decision_id: $decision_id, trace_id: $trace_id,
    search: $search
  })
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
