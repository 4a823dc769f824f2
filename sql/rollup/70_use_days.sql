-- question: Which permissions did each touched agent use or ask for in vain on each touched day?
-- grain: one row of use_days per agent, permission and day

delete from use_days using touched_days as t
where use_days.agent_key = t.agent_key and use_days.day = t.day;

insert into use_days
select
  u.agent_key, u.permission_key, u.day,
  count(*) filter (where u.uses > 0), count(*) filter (where u.attested_use),
  sum(u.uses), sum(u.denials), bool_or(u.unattested_use),
  min(u.first_used_at), max(u.last_used_at), min(u.first_denied_at), max(u.last_denied_at),
  sum(u.hidden_uses)
from session_uses as u
semi join touched_days as t on t.agent_key = u.agent_key and t.day = u.day
where u.days = 1
  and u.day >= getvariable('days_from') and u.day < getvariable('days_to')
group by u.agent_key, u.permission_key, u.day
order by u.day, u.agent_key, u.permission_key;
