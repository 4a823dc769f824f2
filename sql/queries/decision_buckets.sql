-- question: How many requests were decided, by effect, over time?
-- grain: one row per bucket of time that has decisions, the earliest first
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
-- param: bucket text?              minute, hour, day or week; null: by the width of the window
-- param: after text?               cursor of the row before
-- param: limit integer             rows at most
-- column: bucket_at timestamp       start of the bucket
-- column: allow integer             allowed
-- column: deny integer              denied
-- column: deny_unenforced integer   of the denied those that stopped nothing: shadow or fail open
-- column: require_approval integer  asked a human or system first
-- column: other integer             not applicable, or failed
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
bucketed as (
  select date_trunc(bucket_of($bucket, $since, $until), occurred_at)::timestamp as bucket_at, effect,
    coalesce(enforcement in ('shadow', 'fail_open'), false) as unenforced
  from matched
)
select bucket_at,
  count(*) filter (where effect = 'allow') as allow,
  count(*) filter (where effect = 'deny') as deny,
  count(*) filter (where effect = 'deny' and unenforced) as deny_unenforced,
  count(*) filter (where effect = 'require_approval') as require_approval,
  count(*) filter (where effect not in ('allow', 'deny', 'require_approval')) as other,
  sort_key(bucket_at) as cursor
from bucketed
where $after is null or sort_key(bucket_at) > $after
group by bucket_at
order by bucket_at
limit $limit;
