-- What people ruled out as evidence, or from judgement.

-- grain: one row of permission_uses whose uses are evidence of need; of a quarantined one only the denials stay, and
-- a session that somebody confirmed needs nobody to vouch for it
create or replace macro countable_uses() as table
  with ruled as (
    select session_key_of(agent_hash_of(workspace, environment, agent), session) as session_key,
      list(permission) as ruled
    from quarantines group by session_key
  ),
  confirmed as (
    select distinct session_key_of(agent_hash_of(workspace, environment, agent), session) as session_key,
      true as confirmed
    from confirmations
  ),
  looked_at as (
    select u.rowid as use_row, u.*, coalesce(list_has_any(q.ruled, ['*', u.permission]), false) as is_out,
      coalesce(c.confirmed, false) as confirmed
    from permission_uses u
    left join ruled q using (session_key)
    left join confirmed c using (session_key)
  )
  select * exclude (is_out, confirmed) replace (
    attested or confirmed as attested,
    case when is_out then 0 else uses end::uinteger as uses,
    case when is_out then 0 else hidden_uses end::uinteger as hidden_uses,
    case when not is_out then first_used_at end as first_used_at,
    case when not is_out then last_used_at end as last_used_at)
  from looked_at
  where not is_out or denials > 0;

-- grain: one row per agent and permission with a quarantined use of 400 days: its sessions, and those of the window
create or replace macro quarantined_of(ws, env, wanted, first_at, as_of) as table
  select a.agent_key, u.permission, count(distinct u.session) as history_sessions,
    count(distinct u.session) filter (where u.last_used_at >= first_at) as sessions,
    coalesce(sum(u.uses) filter (where u.last_used_at >= first_at), 0)::bigint as uses
  from quarantines q
  join permission_uses u on u.workspace = q.workspace and u.environment = q.environment
    and u.agent = q.agent and u.session = q.session and q.permission in ('*', u.permission)
  join agents_of(ws, env, wanted) a on a.environment = q.environment and a.agent = q.agent
  where q.workspace = ws and u.uses > 0 and u.attested and u.first_used_at < as_of
    and u.last_used_at >= as_of - interval 400 days
  group by a.agent_key, u.permission;

-- grain: one row per exemption in force at as_of
create or replace macro exempted_of(ws, env, wanted, as_of) as table
  select a.agent_key, x.permission, x.resource_pattern, x.owner, x.reason, x.expires_at
  from exemptions x
  join agents_of(ws, env, wanted) a on a.environment = x.environment and a.agent = x.agent
  where x.workspace = ws and x.created_at <= as_of and x.expires_at > as_of;

-- grain: one row per permission of an agent that was taken back and had to be restored
create or replace macro restored_of(ws, as_of) as table
  select environment, agent, permission, resource_pattern, max(since) as restored_at
  from recommendation_states
  where workspace = ws and state = 'restored' and permission <> '' and since < as_of
  group by all;
