-- question: What happened in one trace?
-- grain: one row per span, the earliest first
-- param: workspace text  the tenant
-- param: trace_id uuid   the trace
-- param: limit integer   rows at most
-- column: trace_id text         32 hex digits
-- column: span_id text          16 hex digits
-- column: parent_span_id text?  16 hex digits
-- column: name text             as told
-- column: fact text             what it tells of
-- column: agent text?           who acts in it, its own word or its nearest ancestor's
-- column: started_at timestamp  start
-- column: ended_at timestamp    end
-- column: permission text?      acted on or decided
-- column: tool text?            tool called
-- column: resource_type text?   kind of resource
-- column: resource_id text?     which resource
-- column: effect text?          of a decision
-- column: reason text?          of a decision
-- column: rules text[]          of a decision
-- column: approval_outcome text? of an approval
-- column: denied boolean        the action was refused, by itself or by its decision
-- column: error_type text?      error told
-- column: fingerprint text?     token presented or told of
select trace_id, span_id, parent_span_id, name, fact, agent, started_at, ended_at, permission, tool,
  resource_type, resource_id, effect, reason, rules, approval_outcome, denied, error_type, fingerprint
from spans_of($workspace, [$trace_id::uuid])
order by started_at, span_id
limit $limit;
