-- question: Which agents and permissions do the touched rows name that have no key yet?
-- grain: adds one row per new name

insert into agents
with named as (
  select distinct workspace, environment, agent, agent_hash_of(workspace, environment, agent) as hash
  from (
    select workspace, environment, agent from session_parts
    semi join touched_sessions using (session_key)
    union
    select workspace, environment, agent from permission_uses
    semi join touched_sessions using (session_key)
    union
    select workspace, environment, agent from token_events
    semi join touched_tokens using (token_key)
    union
    select workspace, environment, agent from grants
    semi join (select distinct agent_hash from touched_spells) using (agent_hash)
  )
)
select workspace, environment, agent, hash,
  (select count(*) from agents) + row_number() over (order by workspace, environment, agent)
from named
where hash not in (select agent_hash from agents);

insert into permissions
with named as (
  select distinct permission, permission_hash_of(permission) as hash
  from permission_uses
  semi join touched_sessions using (session_key)
)
select permission, hash, (select count(*) from permissions) + row_number() over (order by permission)
from named
where hash not in (select permission_hash from permissions);
