-- question: Which decisions of other traces were answered by approvals of this round?
-- grain: adds traces to settle_next

insert into settle_next
select distinct d.workspace, d.trace_id
from settling_spans as p
inner join settling_traces as t on t.trace = p.trace
inner join decisions as d on d.workspace = t.workspace and d.decision_id = p.decision_id
left join settling_traces as now on now.workspace = d.workspace and now.trace_id = d.trace_id
inner join approval_spans as r
  on r.workspace = t.workspace and r.trace_id = t.trace_id and r.span_id = p.span_id
where p.fact = 'approval'
  and now.trace is null
  and d.effect = 'require_approval'
  and (d.approval_outcome is null or (d.approval_outcome = 'pending' and r.outcome <> 'pending'));
