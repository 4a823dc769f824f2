-- question: Which spans are settled in this round?
-- grain: one row per trace of the round (settling_traces), one per span of those (settling_spans)
-- part: the trace's share in one session; the trace's own number until a trace proves to have several
-- A trace gets a small whole number for the round, since numbers join and group several times faster than ids.

create or replace temp table settling_traces as
select
  (row_number() over ())::integer as trace,
  workspace,
  trace_id,
  again
from settling;

-- Spans are stored in about the order they began, so the round's range of time skips most row groups.
set variable settling_from = (select min(first_started_at) from settling);
set variable settling_to = (select max(last_started_at) from settling);

create or replace temp table settling_spans as
select
  t.trace as part,
  t.trace,
  s.span_id,
  s.parent_span_id,
  s.fact,
  s.dialect,
  s.environment,
  s.service,
  s.agent,
  s.session,
  s.started_at,
  s.ended_at,
  s.received_at,
  s.status_code,
  s.error_type,
  s.agent_parent,
  s.agent_version,
  s.agent_identity,
  s.owner,
  s.task_id,
  s.goal,
  s.user_id,
  s.permission,
  s.tool,
  s.tool_call_id,
  s.required_scopes,
  s.resource_type,
  s.resource_id,
  s.denied,
  s.decision_id,
  s.fingerprint,
  s.surface_hash,
  s.producer_id,
  s.producer_seq,
  s.sampled,
  s.attested,
  s.told_at,
  s.model,
  s.span_kind
from spans as s
inner join settling_traces as t on t.workspace = s.workspace and t.trace_id = s.trace_id
where s.started_at between getvariable('settling_from') and getvariable('settling_to');

-- A span whose clock cannot be right lies somewhere among the others of its trace, and stretches none of them.
update settling_spans
set
  started_at = least(greatest(settling_spans.started_at, around.first_at), around.last_at),
  ended_at = least(greatest(settling_spans.ended_at, around.first_at), around.last_at)
from (
  select trace, min(started_at) as first_at, max(greatest(started_at, ended_at)) as last_at
  from settling_spans
  where told_at is null and trace in (select trace from settling_spans where told_at is not null)
  group by trace
) as around
where settling_spans.told_at is not null and around.trace = settling_spans.trace;
