-- question: What is each part called, now that its session is known?
-- grain: one row per part of the round

create or replace temp table settling_named as
select
  p.part,
  p.trace,
  t.workspace,
  t.trace_id,
  p.environment,
  p.agent,
  agent_hash_of(t.workspace, p.environment, p.agent) as agent_hash,
  coalesce(p.session, i.session) as session,
  session_key_of(agent_hash, coalesce(p.session, i.session)) as session_key,
  p.session is not null as session_told,
  coalesce(n.user_id, told.user_id) as user_id
from settling_parts as p
inner join settling_traces as t on t.trace = p.trace
inner join settling_told as told on told.trace = p.trace
inner join settling_totals as n on n.part = p.part
left join settling_islands as i on i.part = p.part;
