-- question: Which rollups do the rows just written belong to?
-- grain: adds to touched_sessions, touched_tokens and touched_spells

insert into touched_sessions
select session_key from settling_named
union
select session_key from settling_above;

insert into touched_tokens
select distinct token_key from settling_token_events;

insert into touched_spells
select distinct agent_hash, date_trunc('day', granted_at) from settling_grants;
