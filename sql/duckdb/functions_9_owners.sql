-- Who answers for an agent: set here, or else as its sessions last told.

-- grain: one row per agent asked for that somebody set an owner of
create or replace macro set_owners_of(ws, env, wanted) as table
  select a.agent_key, o.owner
  from agent_owners o
  join agents_of(ws, env, wanted) a on a.environment = o.environment and a.agent = o.agent
  where o.workspace = ws;
