-- question: What does each trace add to which session?
-- grain: one row of session_parts per trace, agent and session; one of quiet_traces per trace without any

insert into session_parts
with acted as (
  select
    part,
    count(*) filter (where executed) as actions,
    count(*) filter (where not executed and not refused) as refusals,
    max(started_at) filter (where executed) as last_action_at
  from settling_outcomes
  group by part
),
decided as (
  select part, count(*) as decisions, count(*) filter (where refuses) as refusals
  from settling_decisions
  group by part
)
select
  n.workspace, n.environment, n.agent, n.session, n.session_told, n.trace_id,
  coalesce(t.task_id, told.task_id),
  coalesce(t.goal, told.goal),
  n.user_id,
  coalesce(t.owner, told.owner),
  t.agent_version, t.agent_identity, t.agent_parent, t.service,
  t.started_at, t.last_span_at, t.task_ended_at, acted.last_action_at,
  t.spans,
  coalesce(acted.actions, 0),
  coalesce(decided.decisions, 0),
  coalesce(acted.refusals, 0) + coalesce(decided.refusals, 0),
  t.errors, t.sampled, t.attested, t.received_at, n.session_key, t.models
from settling_named as n
inner join settling_totals as t on t.part = n.part
inner join settling_told as told on told.trace = n.trace
left join acted on acted.part = n.part
left join decided on decided.part = n.part;

insert into quiet_traces
select t.workspace, t.trace_id, q.started_at, q.last_span_at
from settling_quiet as q
inner join settling_traces as t on t.trace = q.trace;
