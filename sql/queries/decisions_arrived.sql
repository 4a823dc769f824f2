-- question: Which decisions came in last, whenever they were taken?
-- grain: one row per decision, the last arrived first
-- param: workspace text    the tenant
-- param: since timestamp   first instant of arrival counted
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
with arrived as materialized (
  select trace_id, span_id, started_at, received_at
  from spans
  where workspace = $workspace and received_at >= $since and fact = 'decision'
),
-- The instant is part of the key, so that parts of the table that are older are passed over.
decided as materialized (
  select d.*, a.received_at
  from arrived a
  join decisions d on d.workspace = $workspace and d.occurred_at = a.started_at
    and d.trace_id = a.trace_id and d.span_id = a.span_id
  order by a.received_at desc, d.occurred_at desc, d.trace_id desc, d.span_id desc
  limit $limit
)
select t.*
from decisions_told($workspace, null, null, timestamp '1970-01-01', timestamp '9999-01-01',
  'decided') t
join decided d on trace_hex(d.trace_id) = t.trace_id and span_hex(d.span_id) = t.span_id
order by d.received_at desc, t.occurred_at desc, t.trace_id desc, t.span_id desc
limit $limit;
