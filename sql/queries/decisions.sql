-- question: Which requests were decided, how, by which rule, and was the action executed?
-- grain: one row per decision, the latest first
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
-- column: decision_id text         the decision
-- column: occurred_at timestamp     when it began
-- column: agent text                who asked
-- column: environment text          where
-- column: user text?                on whose behalf
-- column: session text              in which session
-- column: permission text?          what was asked for
-- column: resource_type text?       kind of resource
-- column: resource_id text?         which resource
-- column: effect text               the outcome
-- column: enforcement text?         how it was enforced
-- column: engine text?              the policy engine
-- column: policy text?              the policy
-- column: policy_version text?      its version
-- column: rules text[]              the rules that decided
-- column: reason text?              the engine's words
-- column: principal text?           the subject evaluated
-- column: delegation_type text?     how the user's authority was carried
-- column: tier text?                tier of the approval
-- column: approval_outcome text?    its outcome
-- column: executed boolean?         whether the action followed; null where telemetry could not see
-- column: duration_ms double        of the evaluation
-- column: trace_id text             32 hex digits
-- column: span_id text              16 hex digits
-- column: cursor text               where the next page starts
with matched as materialized (
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
  where $after is null or occurred_at < key_instant($after) or (occurred_at = key_instant($after)
      and concat(trace_hex(trace_id), span_hex(span_id)) < split_part($after, chr(31), 2))
  order by occurred_at desc, trace_id desc, span_id desc
  limit $limit
)
select *, concat(sort_key(occurred_at), chr(31), trace_id, span_id) as cursor
from decisions_told($workspace, $environment, $agent, $since, $until, 'matched')
order by occurred_at desc, trace_id desc, span_id desc
limit $limit;
