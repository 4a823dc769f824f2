-- question: Which decisions does an engine's own log tell, and which of them did an agent tell too?
-- grain: one row per decision span of the round, empty where no log tells anything near it (settling_told_by);
-- one per agent's and log's span of one decision (settling_twice)
-- Both name it by one id within five minutes: clocks of two machines differ, and clients use ids again.
-- An engine's span that has no id (OpenFGA's) stands in the agent's trace: there it is what the agent asked of that engine.

set variable settling_logs = (
  select count(*) > 0
  from decision_spans
  where logged
    and started_at >= getvariable('settling_from') - interval 5 minutes
    and started_at <= getvariable('settling_to') + interval 5 minutes
);

create or replace temp table settling_told_by as
select t.trace, d.workspace, d.span_id, d.decision_id, d.logged
from decision_spans as d
inner join settling_traces as t on t.workspace = d.workspace and t.trace_id = d.trace_id
where getvariable('settling_logs')
  and d.started_at between getvariable('settling_from') and getvariable('settling_to');

create or replace temp table settling_twice as
with near as (
  select d.*
  from decision_spans as d
  semi join settling_told_by as i
    on i.workspace = d.workspace and i.decision_id = d.decision_id
  where getvariable('settling_logs')
    and d.started_at >= getvariable('settling_from') - interval 5 minutes
    and d.started_at <= getvariable('settling_to') + interval 5 minutes
)
select
  own.workspace, own.trace_id, own.span_id, own.started_at,
  log.trace_id as log_trace_id, log.span_id as log_span_id, log.started_at as log_started_at,
  abs(epoch_us(own.started_at) - epoch_us(log.started_at)) as distance,
  log.engine, log.policy, log.policy_version, log.rules, log.reason,
  log.principal_id, log.principal_type
from near as own
inner join near as log
  on log.workspace = own.workspace and log.decision_id = own.decision_id
where not own.logged and log.logged and distance <= 300_000_000
union all
select
  o.workspace, o.trace_id, o.span_id, o.started_at, l.trace_id, l.span_id, l.started_at,
  abs(epoch_us(o.started_at) - epoch_us(l.started_at)) as distance,
  l.engine, l.policy, l.policy_version, l.rules, l.reason, l.principal_id, l.principal_type
from settling_told_by as log
inner join settling_told_by as own on own.trace = log.trace and not own.logged
inner join settling_spans as log_span on log_span.trace = log.trace and log_span.span_id = log.span_id
inner join settling_spans as own_span
  on own_span.trace = own.trace and own_span.span_id = own.span_id
  and own_span.permission = log_span.permission
  and own_span.resource_id is not distinct from log_span.resource_id
inner join settling_traces as t on t.trace = log.trace
inner join decision_spans as l
  on l.workspace = t.workspace and l.trace_id = t.trace_id and l.span_id = log.span_id
inner join decision_spans as o
  on o.workspace = t.workspace and o.trace_id = t.trace_id and o.span_id = own.span_id
  and o.engine = l.engine
where log.logged and log.decision_id is null and distance <= 300_000_000;

-- What the agent told itself is its decision; the log's span says nothing more of its own.
update settling_spans
set fact = 'other', agent = null, session = null, service = null, environment = 'default',
  status_code = 0, error_type = null, permission = null, decision_id = null
from settling_twice as w
inner join settling_traces as t on t.workspace = w.workspace and t.trace_id = w.log_trace_id
where settling_spans.trace = t.trace and settling_spans.span_id = w.log_span_id;

-- In a trace where others speak, a decision is theirs: the name that a log has for an agent stands only where none does.
update settling_spans
set
  agent = case when c.speaks then null else settling_spans.agent end,
  environment = 'default',
  service = coalesce(c.service, settling_spans.service)
from (
  select
    s.trace,
    bool_or(s.agent is not null or s.fact <> 'other') as speaks,
    arg_min(s.service, (s.parent_span_id is not null, s.started_at, s.span_id)) filter (where s.service is not null) as service
  from settling_spans as s
  semi join settling_told_by as l on l.trace = s.trace and l.logged
  anti join settling_told_by as l on l.trace = s.trace and l.span_id = s.span_id and l.logged
  group by s.trace
) as c, settling_told_by as l
where settling_spans.trace = c.trace
  and l.trace = c.trace and l.logged and settling_spans.span_id = l.span_id;

-- What settled before the other was here is settled again: the agent's takes in what the log tells, the log's is gone.
insert into settle_next
select distinct d.workspace, d.trace_id
from settling_twice as w
inner join decisions as d
  on d.workspace = w.workspace
  and (
    (d.trace_id = w.trace_id and d.span_id = w.span_id and not d.logged)
    or (d.trace_id = w.log_trace_id and d.span_id = w.log_span_id)
  )
left join settling_traces as now on now.workspace = d.workspace and now.trace_id = d.trace_id
where now.trace is null;
