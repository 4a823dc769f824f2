-- question: What was decided, by whom and why, and which action followed?
-- grain: one row of decisions per decision span

insert into decisions
with done as (
  select p.trace, p.decision_span, p.head, a.started_at, d.cached
  from settling_pairs as p
  inner join settling_acts as a on a.trace = p.trace and a.head = p.head
  inner join settling_decisions as d on d.trace = p.trace and d.span_id = p.decision_span
  -- A framework opens the action's span before it asks: one that a refusal ended in an error was never executed.
  where not a.denied and not (d.blocks and a.failed)
),
firsts as (
  select trace, decision_span, head
  from done
  where not cached
  union all
  (
    select trace, decision_span, head
    from done
    where cached
    qualify row_number() over (partition by trace, decision_span order by started_at, head) = 1
  )
)
select
  n.workspace, n.environment, n.agent, n.session, n.trace_id, d.span_id,
  -- A decision without an id of its own is named by its span.
  coalesce(d.decision_id, printf('%016x', d.span_id)),
  d.started_at,
  greatest(0, epoch_us(d.ended_at) - epoch_us(d.started_at)) / 1000.0,
  coalesce(d.user_id, n.user_id),
  d.permission, d.resource_type, d.resource_id, d.effect, d.enforcement, d.reason, d.cached,
  d.engine, d.policy, d.policy_version, d.rules, d.principal_id, d.principal_type,
  d.delegation_type, d.delegation_chain,
  d.tier, d.outcome, d.approval_source, d.approver, d.requested_at, d.answered_at,
  f.head, d.fingerprint, d.logged, d.log_alone
from settling_decisions as d
inner join settling_named as n on n.part = d.part
left join firsts as f on f.trace = d.trace and f.decision_span = d.span_id;
