-- Sessions, decisions and spans as the lists show them.

-- grain: one row per session that began in [first, until)
create or replace macro session_rows_of(ws, env, wanted, named, first_at, until_at, now_at) as table
  with parts as (
    select environment, agent, session, max(user_id) as user_id, max(task_id) as task_id,
      max(goal) as goal, min(started_at) as started_at, max(last_span_at) as last_span_at,
      max(task_ended_at) as task_ended_at, sum(spans)::bigint as spans,
      sum(actions)::bigint as actions, sum(decisions)::bigint as decisions,
      sum(denials)::bigint as denials, arg_min(trace_id, started_at) as trace_id,
      count(distinct trace_id) as traces
    from session_parts
    where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
      and listed(named, session) and last_span_at >= first_at and started_at < until_at
    group by environment, agent, session
  )
  select * exclude (last_span_at, task_ended_at),
    coalesce(task_ended_at, last_span_at) as ended_at,
    task_ended_at is null and last_span_at > now_at - interval 30 minutes as open
  from parts
  where started_at >= first_at;

-- grain: one row per agent and system on which it executed some action in [first, until)
create or replace macro acting_of(ws, env, wanted, first_at, until_at) as table
  select distinct environment, agent, system_of(permission) as system
  from permission_uses
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and uses > 0 and last_used_at >= first_at and first_used_at < until_at;

-- grain: one row per decision; followed: true those with an action, false those whose action telemetry
-- could have seen and did not, null all
create or replace macro decisions_of(ws, env, wanted, followed, first_at, until_at) as table
  select d.*
  from decisions d
  where d.workspace = ws and (env is null or d.environment = env) and listed(wanted, d.agent)
    and d.occurred_at >= first_at and d.occurred_at < until_at
    and (followed is null or (followed and d.action_span_id is not null)
      or (not followed and d.action_span_id is null and (d.environment, d.agent,
        system_of(d.permission)) in (
          select (a.environment, a.agent, a.system)
          from acting_of(ws, env, wanted, first_at, until_at) a where not followed)));

-- grain: one row per span of these traces, with the agent of its nearest ancestor that names one
create or replace macro spans_of(ws, traces) as table
  with recursive mine as (
    select * from spans where workspace = ws and list_contains(traces, trace_id)
  ),
  upward as (
    select trace_id, span_id, agent, parent_span_id as above, 0 as depth from mine
    union all
    select u.trace_id, u.span_id, m.agent, m.parent_span_id, u.depth + 1
    from upward u
    join mine m on m.trace_id = u.trace_id and m.span_id = u.above
    where u.agent is null and u.depth < 64
  ),
  named as (
    select trace_id, span_id, max(agent) as agent from upward group by all
  ),
  alone as (
    select trace_id, min(agent) as agent from session_parts
    where workspace = ws and list_contains(traces, trace_id)
    group by trace_id having count(distinct agent) = 1
  ),
  -- An action that failed on an enforced refusal: by its decision's id, or asked for inside the action's own span.
  refused as (
    select distinct a.trace_id, a.span_id
    from mine a
    join mine asked on asked.trace_id = a.trace_id and asked.fact = 'decision'
      and (asked.decision_id = a.decision_id
        or (asked.parent_span_id = a.span_id and asked.permission = a.permission))
    join decision_spans d on d.workspace = ws and d.trace_id = asked.trace_id
      and d.span_id = asked.span_id
    where a.fact = 'action' and (a.status_code = 2 or a.error_type is not null)
      and d.effect in ('deny', 'not_applicable', 'error')
      and coalesce(d.enforcement, 'enforced') not in ('shadow', 'fail_open')
  )
  select trace_hex(m.trace_id) as trace_id, span_hex(m.span_id) as span_id,
    case when m.parent_span_id is not null then span_hex(m.parent_span_id) end as parent_span_id,
    m.name, m.fact, coalesce(n.agent, a.agent) as agent, m.started_at, m.ended_at, m.permission,
    m.tool, m.resource_type, m.resource_id, d.effect, d.reason, coalesce(d.rules, []) as rules,
    p.outcome as approval_outcome, m.denied or r.span_id is not null as denied, m.error_type,
    m.fingerprint
  from mine m
  left join named n using (trace_id, span_id)
  left join alone a using (trace_id)
  left join refused r on r.trace_id = m.trace_id and r.span_id = m.span_id
  left join decision_spans d on d.workspace = ws and d.trace_id = m.trace_id and d.span_id = m.span_id
  left join approval_spans p on p.workspace = ws and p.trace_id = m.trace_id and p.span_id = m.span_id;
