-- question: Which sessions did each touched agent begin on each touched day?
-- grain: one row of session_days per agent, day, set of tool lists offered and profile

-- Rollups are written in about the order of time, so the range of the touched days skips most of them.
set variable days_from = (select min(day) from touched_days);
set variable days_to = (select max(day) + interval 1 day from touched_days);

delete from session_days using touched_days as t
where session_days.agent_key = t.agent_key and session_days.day = t.day;

insert into session_days
select
  s.agent_key, date_trunc('day', s.started_at)::timestamp as day, s.offer_key, s.profile_key,
  s.task_id is not null as tasked, s.attested,
  bool_or(s.sampled), count(*), sum(s.decisions), sum(s.denials), min(s.started_at),
  max(s.started_at), min(s.acted_at), max(s.acted_at), max(s.last_span_at)
from sessions as s
semi join touched_days as t
  on t.agent_key = s.agent_key and t.day = date_trunc('day', s.started_at)
where s.started_at >= getvariable('days_from') and s.started_at < getvariable('days_to')
group by s.agent_key, day, s.offer_key, s.profile_key, tasked, s.attested
order by day, s.agent_key;
