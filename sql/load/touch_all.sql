-- Gives keys to what settled before there were any, and touches all of it; does nothing where nothing lacks one.
update session_parts
set session_key = session_key_of(agent_hash_of(workspace, environment, agent), session)
where session_key is null;
update permission_uses
set session_key = session_key_of(agent_hash_of(workspace, environment, agent), session)
where session_key is null;
update token_events
set token_key = token_key_of(agent_hash_of(workspace, environment, agent), fingerprint),
  session_key = session_key_of(agent_hash_of(workspace, environment, agent), session)
where token_key is null;
update grants
set agent_hash = agent_hash_of(workspace, environment, agent),
  session_key = session_key_of(agent_hash_of(workspace, environment, agent), session)
where agent_hash is null;
insert into touched_sessions
select session_key from session_parts
where not exists (select 1 from sessions)
union
select session_key from permission_uses
where not exists (select 1 from session_uses);
insert into touched_tokens
select distinct token_key from token_events
where not exists (select 1 from tokens);
insert into touched_spells
select distinct agent_hash, date_trunc('day', granted_at) from grants
where not exists (select 1 from grant_spells);
