-- question: What was decided in one session?
-- grain: one row per decision, the earliest first
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: limit integer     rows at most
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
with decided as materialized (
  select *
  from decisions_of($workspace, $environment, [$agent], null, timestamp '1970-01-01',
    timestamp '9999-01-01')
  where session = $session
)
select *
from decisions_told($workspace, $environment, [$agent], timestamp '1970-01-01',
  timestamp '9999-01-01', 'decided')
order by occurred_at, trace_id, span_id
limit $limit;
