-- Filters and figures that several questions share, so that one word means one thing in all of them.

-- grain: one row per decision that the filters let through; `asked` holds a filter for each name, null for all
create or replace macro decisions_like(ws, env, wanted, followed, first_at, until_at, asked) as table
  select *
  from decisions_of(ws, env, wanted, followed, first_at, until_at)
  where unlisted(asked['not_agent'], agent)
    and listed(asked['user'], user_id) and unlisted(asked['not_user'], user_id)
    and listed(asked['session'], session) and unlisted(asked['not_session'], session)
    and listed(asked['permission'], permission) and unlisted(asked['not_permission'], permission)
    and listed(asked['effect'], effect) and unlisted(asked['not_effect'], effect)
    and listed(asked['resource_type'], resource_type) and unlisted(asked['not_resource_type'], resource_type)
    and listed(asked['resource_id'], resource_id) and unlisted(asked['not_resource_id'], resource_id)
    and listed(asked['enforcement'], enforcement) and unlisted(asked['not_enforcement'], enforcement)
    and listed(asked['engine'], engine) and unlisted(asked['not_engine'], engine)
    and listed(asked['policy'], policy) and unlisted(asked['not_policy'], policy)
    and listed_any(asked['rule'], rules) and unlisted_any(asked['not_rule'], rules)
    and listed(asked['reason'], reason) and unlisted(asked['not_reason'], reason)
    and listed(asked['tier'], tier) and unlisted(asked['not_tier'], tier)
    and listed(asked['approval_outcome'], approval_outcome)
    and listed(asked['decision_id'], decision_id)
    and listed(asked['trace_id'], trace_hex(trace_id))
    and (occurs(asked['search'], reason) or occurs(asked['search'], permission)
      or occurs(asked['search'], resource_id)
      or occurs(asked['search'], array_to_string(rules, ' ')));

-- grain: one row per decision of `rows`, the name of what decisions_of or decisions_like answered,
-- as the API tells it; executed: null where telemetry could not have seen an action
create or replace macro decisions_told(ws, env, wanted, first_at, until_at, rows) as table
  with decided as (
    from query_table(rows)
  ),
  acting as (
    select a.*
    from acting_of(ws, env, wanted, first_at, until_at) a
    where (a.environment, a.agent) in (
      select (environment, agent) from decided where action_span_id is null)
  )
  select d.decision_id, d.occurred_at, d.agent, d.environment, d.user_id as user, d.session,
    d.permission, d.resource_type, d.resource_id, d.effect, d.enforcement, d.engine, d.policy,
    d.policy_version, coalesce(d.rules, []) as rules, d.reason, d.principal_id as principal,
    d.delegation_type, d.tier, d.approval_outcome,
    case when d.action_span_id is not null then true when a.system is not null then false end
      as executed,
    d.duration_ms, trace_hex(d.trace_id) as trace_id, span_hex(d.span_id) as span_id
  from decided d
  left join acting a on a.environment = d.environment and a.agent = d.agent
    and a.system = system_of(d.permission);

-- grain: one row per session of `rows`, the name of what session_rows_of answered
create or replace macro sessions_told(ws, env, wanted, rows) as table
  with paged as (
    from query_table(rows)
  ),
  granted as (
    select h.session_key, count(distinct s.permission) as permissions_granted
    from surfaces_held_by(ws, env, wanted, rows) h
    join surfaces s on s.workspace = ws and s.surface_hash = h.surface_hash
    group by h.session_key
  )
  select p.session, p.agent, p.environment, p.user_id as user, p.task_id, p.goal, p.started_at,
    p.ended_at, p.open, p.spans, p.actions, p.decisions, p.denials, p.tokens,
    coalesce(g.permissions_granted, 0) as permissions_granted,
    p.permissions_used, trace_hex(p.trace_id) as trace_id, p.traces
  from paged p
  left join granted g using (session_key);

-- grain: one row: when a session began, when its task or its last span ended, and its last span
create or replace macro bounds_of(ws, env, of_agent, of_session) as table
  select agent_hash, session_key, started_at, ended_at, last_span_at
  from session_rows_of(ws, env, [of_agent], [of_session], timestamp '1970-01-01',
    timestamp '9999-01-01', timestamp '9999-01-01');

-- grain: one row per grant that began before the session's last span, tool lists of other sessions left out;
-- is_own: told in this session
create or replace macro session_grants_of(ws, env, of_agent, of_session) as table
  select g.kind, g.surface_hash, g.granted_at, coalesce(g.ended_at, timestamp '9999-01-01') as ended_at,
    g.session_key = b.session_key as is_own
  from bounds_of(ws, env, of_agent, of_session) b
  join grants g on g.agent_hash = b.agent_hash and g.granted_at <= b.last_span_at
  where ends_itself(g.kind) and (g.kind <> 'tool_list' or g.session_key = b.session_key)
  union all
  select kind, surface_hash, granted_at, ended_at, false
  from spells_until(ws, env, [of_agent], timestamp '9999-01-01')
  where not ends_itself(kind);
