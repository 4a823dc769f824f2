-- question: Which keys of a rule are known, active ones and those that are over?
-- param: workspace text  whose
-- param: rule text       which
select id, rule, key, state, severity, message, environment, agent, session, fingerprint, permission,
  began_at, fired_at, last_seen_at, resolved_at, told_at, acknowledged_at, acknowledged_by
from alerts
where workspace = $workspace and rule = $rule;
