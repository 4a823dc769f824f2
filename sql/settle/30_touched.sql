-- question: What of the rollups rests on what these traces settled to before?
-- grain: adds to touched_sessions, touched_tokens and touched_spells, before the old rows go

insert into touched_sessions
select r.session_key
from session_parts as r
inner join settling_traces as t on t.workspace = r.workspace and t.trace_id = r.trace_id
where t.again
union
select r.session_key
from permission_uses as r
inner join settling_traces as t on t.workspace = r.workspace and t.trace_id = r.trace_id
where t.again;

insert into touched_tokens
select distinct r.token_key
from token_events as r
inner join settling_traces as t on t.workspace = r.workspace and t.trace_id = r.trace_id
where t.again;

insert into touched_spells
select distinct r.agent_hash, date_trunc('day', r.granted_at)
from grants as r
inner join settling_traces as t on t.workspace = r.workspace and t.trace_id = r.trace_id
where t.again;
