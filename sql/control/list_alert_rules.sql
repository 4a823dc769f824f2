-- question: What is set for rules, and when were they evaluated?
-- param: workspace text  whose
select rule, enabled, destinations, evaluated_at, evaluated_commit, digest, failed_since, error
from alert_rules
where workspace = $workspace;
