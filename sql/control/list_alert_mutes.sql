-- question: What does nobody want to hear now?
-- param: workspace text  whose
-- param: now text        those that last longer
select id, rule, environment, agent, key, until, reason, actor, created_at
from alert_mutes
where workspace = $workspace and until > $now
order by until, id;
