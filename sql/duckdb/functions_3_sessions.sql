-- Sessions, decisions and spans as the lists show them.

-- grain: one row per session that began in [first, until)
create or replace macro session_rows_of(ws, env, wanted, named, first_at, until_at, now_at) as table
  select a.environment, a.agent, a.agent_hash, s.agent_key, s.session_key, s.session, s.user_id, s.task_id, s.goal,
    s.started_at, s.last_span_at, s.spans, s.actions, s.decisions, s.denials, s.tokens,
    s.permissions_used, s.offer_key,    s.trace_id, s.traces,
    coalesce(s.task_ended_at, s.last_span_at) as ended_at,
    s.task_ended_at is null and s.last_span_at > now_at - interval 30 minutes as open
  from sessions s
  join agents_of(ws, env, wanted) a using (agent_key)
  where s.started_at >= first_at and s.started_at < until_at and listed(named, s.session);

-- grain: one row per session and surface that it held; `rows` names rows of session_rows_of
create or replace macro surfaces_held_by(ws, env, wanted, rows) as table
  with asked as (
    select session_key, agent_key, agent_hash, offer_key, started_at, ended_at from query_table(rows)
  ),
  -- Grants of the days before may end together with others of their day: they all began before the session.
  spells as (
    select * from spells_until(ws, env, wanted, timestamp '9999-01-01')
    where kind <> 'tool_list'
  )
  select a.session_key, o.surface_hash
  from asked a
  join offers o using (offer_key)
  union
  select a.session_key, s.surface_hash
  from asked a
  join spells s on s.agent_key = a.agent_key and s.ended_at > a.started_at
    and case when ends_itself(s.kind) then s.granted_at < date_trunc('day', a.started_at)
      else s.granted_at <= a.ended_at end
  union
  select a.session_key, g.surface_hash
  from asked a
  join grants g on g.agent_hash = a.agent_hash and g.granted_at <= a.ended_at
    and g.granted_at >= date_trunc('day', a.started_at)
    and coalesce(g.ended_at, timestamp '9999-01-01') > a.started_at
  where g.kind = 'token' and g.granted_at >= (select date_trunc('day', min(started_at)) from asked)
    and g.granted_at <= (select max(ended_at) from asked);

-- grain: one row per agent, profile and whether begun in [first, as_of); what its sessions before as_of sum up to
create or replace macro session_sums_of(ws, env, wanted, first_at, as_of) as table
  with whole as (
    select agent_key, profile_key, day >= first_at as in_window, sessions, decisions, denials,
      first_started_at, last_started_at, last_span_at
    from session_days
    where day <> date_trunc('day', first_at) and day < date_trunc('day', as_of)
  ),
  cut as (
    select agent_key, profile_key, started_at >= first_at as in_window, 1 as sessions, decisions,
      denials, started_at as first_started_at, started_at as last_started_at, last_span_at
    from sessions
    where started_at >= date_trunc('day', as_of) and started_at < as_of
    union all
    select agent_key, profile_key, started_at >= first_at, 1, decisions, denials, started_at,
      started_at, last_span_at
    from sessions
    where started_at >= date_trunc('day', first_at)
      and started_at < least(date_trunc('day', first_at) + interval 1 day, date_trunc('day', as_of))
  )
  select agent_key, profile_key, in_window, sum(sessions)::bigint as sessions,
    sum(decisions)::bigint as decisions, sum(denials)::bigint as denials,
    min(first_started_at) as first_started_at, max(last_started_at) as last_started_at,
    max(last_span_at) as last_span_at
  from (select * from whole union all select * from cut)
  semi join agents_of(ws, env, wanted) using (agent_key)
  group by agent_key, profile_key, in_window;

-- grain: one row per agent and system on which it executed some action in [first, until)
create or replace macro acting_of(ws, env, wanted, first_at, until_at) as table
  with acted as (
    select agent_key, permission_key from use_days
    where used_sessions > 0 and last_used_at >= first_at and first_used_at < until_at
    union
    select agent_key, permission_key from session_uses
    where days > 1 and uses > 0 and last_used_at >= first_at and first_used_at < until_at
  )
  select distinct a.environment, a.agent, system_of(p.permission) as system
  from acted
  join permissions p using (permission_key)
  join agents_of(ws, env, wanted) a using (agent_key);

-- grain: one row per decision; followed: true those with an action, false those whose action telemetry
-- could have seen and did not, null all
create or replace macro decisions_of(ws, env, wanted, followed, first_at, until_at) as table
  select *
  from decisions
  where workspace = ws and (env is null or environment = env) and listed(wanted, agent)
    and occurred_at >= first_at and occurred_at < until_at
    and (followed is null or (followed and action_span_id is not null))
  union all
  select d.*
  from decisions d
  semi join acting_of(ws, env, wanted, first_at, until_at) a
    on a.environment = d.environment and a.agent = d.agent and a.system = system_of(d.permission)
  where d.workspace = ws and (env is null or d.environment = env) and listed(wanted, d.agent)
    and d.occurred_at >= first_at and d.occurred_at < until_at
    and followed is not null and not followed and d.action_span_id is null;

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
