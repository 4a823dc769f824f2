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

-- grain: one row per session of `rows`, the name of what session_rows_of answered, each with a cursor of its own
create or replace macro sessions_told(ws, env, wanted, as_of, rows) as table
  with paged as (
    from query_table(rows)
  ),
  tokens as (
    select p.cursor, count(distinct t.fingerprint) as tokens
    from paged p
    join token_events t on t.workspace = ws and t.environment = p.environment
      and t.agent = p.agent and t.session = p.session
    group by p.cursor
  ),
  used as (
    select p.cursor, count(distinct u.permission) as permissions_used
    from paged p
    join permission_uses u on u.workspace = ws and u.environment = p.environment
      and u.agent = p.agent and u.session = p.session
    where u.uses > 0
    group by p.cursor
  ),
  held as (
    select distinct p.cursor, g.surface_hash
    from paged p
    join grants_until(ws, env, wanted, as_of) g
      on g.environment = p.environment and g.agent = p.agent
      and case g.kind when 'tool_list' then g.session = p.session
        else g.granted_at <= p.ended_at and g.ended_at > p.started_at end
  ),
  granted as (
    select h.cursor, count(distinct s.permission) as permissions_granted
    from held h
    join surfaces s on s.workspace = ws and s.surface_hash = h.surface_hash
    group by h.cursor
  )
  select p.session, p.agent, p.environment, p.user_id as user, p.task_id, p.goal, p.started_at,
    p.ended_at, p.open, p.spans, p.actions, p.decisions, p.denials, coalesce(t.tokens, 0) as tokens,
    coalesce(g.permissions_granted, 0) as permissions_granted,
    coalesce(u.permissions_used, 0) as permissions_used, trace_hex(p.trace_id) as trace_id, p.traces,
    p.cursor
  from paged p
  left join tokens t using (cursor)
  left join used u using (cursor)
  left join granted g using (cursor);

-- grain: one row: when a session began, and when its task or its last span ended
create or replace macro bounds_of(ws, env, of_agent, of_session) as table
  select min(started_at) as started_at,
    coalesce(max(task_ended_at), max(last_span_at)) as ended_at
  from session_parts
  where workspace = ws and environment = env and agent = of_agent and session = of_session;
