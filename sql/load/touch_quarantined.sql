-- The sessions under quarantine or confirmed are to be gathered anew: before a change those that were, after it those that are.
insert into touched_sessions
select session_key_of(agent_hash_of(workspace, environment, agent), session) from quarantines
union
select session_key_of(agent_hash_of(workspace, environment, agent), session) from confirmations;
