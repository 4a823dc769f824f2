-- What people ruled out as evidence, or from judgement.

-- grain: one row of permission_uses whose uses are evidence of need; of a quarantined one only the denials stay, and
-- a session that somebody confirmed needs nobody to vouch for it
create or replace macro countable_uses() as table
  select rowid as use_row, * replace (attested or exists (
      select 1 from confirmations c
      where c.workspace = u.workspace and c.environment = u.environment and c.agent = u.agent
        and c.session = u.session) as attested)
  from permission_uses u
  where not exists (
    select 1 from quarantines q
    where q.workspace = u.workspace and q.environment = u.environment and q.agent = u.agent
      and q.session = u.session and q.permission in ('*', u.permission))
  union all
  select rowid, * replace (0::uinteger as uses, 0::uinteger as hidden_uses, null::timestamp as first_used_at,
    null::timestamp as last_used_at)
  from permission_uses u
  where u.denials > 0 and exists (
    select 1 from quarantines q
    where q.workspace = u.workspace and q.environment = u.environment and q.agent = u.agent
      and q.session = u.session and q.permission in ('*', u.permission));

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
create or replace macro restored_of(ws, env, wanted, as_of) as table
  select a.agent_key, r.permission, r.resource_pattern, max(r.since) as restored_at
  from recommendation_states r
  join agents_of(ws, env, wanted) a on a.environment = r.environment and a.agent = r.agent
  where r.workspace = ws and r.state = 'restored' and r.permission <> '' and r.since < as_of
  group by a.agent_key, r.permission, r.resource_pattern;
