-- question: Which decisions were made, and what was answered to those that asked for approval?
-- grain: one row per decision span of the round
-- blocks: its action must not have run; refuses: it is counted as a denial

create or replace temp table settling_logged as
select t.trace, w.*
from settling_twice as w
inner join settling_traces as t on t.workspace = w.workspace and t.trace_id = w.trace_id
qualify row_number() over (
  partition by t.trace, w.span_id order by w.distance, w.log_trace_id, w.log_span_id
) = 1;

create or replace temp view settling_asked as
select
  p.part, p.trace, p.span_id, p.parent_span_id, p.started_at, p.ended_at, p.permission,
  p.tool_call_id, p.required_scopes, p.resource_type, p.resource_id, p.fingerprint, p.user_id,
  d.* exclude (workspace, trace_id, span_id, started_at) replace (
    -- What the engine's log tells besides stands only where the agent says nothing; its rules are added.
    coalesce(d.reason, l.reason) as reason,
    coalesce(d.engine, l.engine) as engine,
    coalesce(d.policy, l.policy) as policy,
    coalesce(d.policy_version, l.policy_version) as policy_version,
    case when l.rules is null then d.rules else list_concat(coalesce(d.rules, []),
      list_filter(l.rules, lambda r: not list_contains(coalesce(d.rules, []), r))) end as rules,
    coalesce(d.principal_id, l.principal_id) as principal_id,
    coalesce(d.principal_type, l.principal_type) as principal_type,
    d.logged or l.trace is not null as logged
  ),
  d.logged as log_alone
from settling_spans as p
inner join settling_traces as t on t.trace = p.trace
inner join decision_spans as d
  on d.workspace = t.workspace and d.trace_id = t.trace_id and d.span_id = p.span_id
left join settling_logged as l on l.trace = p.trace and l.span_id = p.span_id
where p.fact = 'decision'
  and d.started_at between getvariable('settling_from') and getvariable('settling_to');

-- An approval may outlive the trace that asked for it: by the decision's id it is found in any trace.
create or replace temp table settling_answers as
with waiting as (
  select a.part, a.trace, a.span_id, a.decision_id, a.permission, a.ended_at, t.workspace, t.trace_id
  from settling_asked as a
  inner join settling_traces as t on t.trace = a.trace
  where a.effect = 'require_approval'
),
by_id as (
  select w.trace, w.span_id as asked, r.trace_id, r.span_id, r.started_at, 0::bigint as distance
  from waiting as w
  inner join approval_spans as r on r.workspace = w.workspace and r.decision_id = w.decision_id
),
by_permission as (
  select
    w.trace, w.span_id as asked, w.trace_id, p.span_id, p.started_at,
    abs(epoch_us(p.started_at) - epoch_us(w.ended_at)) as distance
  from waiting as w
  inner join settling_spans as p
    on p.trace = w.trace and p.permission = w.permission
    and p.fact = 'approval' and p.decision_id is null
  left join by_id as found on found.trace = w.trace and found.asked = w.span_id
  where found.asked is null
),
candidates as (
  select * from by_id
  union all
  select * from by_permission
)
select
  c.trace, c.asked, r.tier, r.outcome, r.source, r.approver,
  coalesce(r.requested_at, r.started_at) as requested_at,
  case when r.outcome <> 'pending' then s.ended_at end as answered_at
from candidates as c
inner join settling_traces as t on t.trace = c.trace
inner join approval_spans as r
  on r.workspace = t.workspace and r.trace_id = c.trace_id and r.span_id = c.span_id
inner join spans as s
  on s.workspace = t.workspace and s.trace_id = c.trace_id and s.span_id = c.span_id
  and s.started_at = r.started_at
qualify row_number() over (
  partition by c.trace, c.asked
  order by r.outcome = 'pending', c.distance, s.ended_at desc, c.trace_id, c.span_id
) = 1;

create or replace temp table settling_decisions as
select
  d.*,
  a.tier, a.outcome, a.source as approval_source, a.approver, a.requested_at, a.answered_at,
  coalesce(d.enforcement, 'enforced') not in ('shadow', 'fail_open') and (
    d.effect = 'deny'
    or (d.effect = 'require_approval' and coalesce(a.outcome, '') not in ('approved', 'modified'))
    or (d.effect = 'error' and d.enforcement = 'fail_closed')
  ) as blocks,
  coalesce(d.enforcement, 'enforced') not in ('shadow', 'fail_open') and (
    d.effect = 'deny'
    or (d.effect = 'require_approval' and coalesce(a.outcome, '') = 'denied')
  ) as refuses
from settling_asked as d
left join settling_answers as a on a.trace = d.trace and a.asked = d.span_id;
