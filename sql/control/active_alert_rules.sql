-- question: Which rules have something that is wrong now?
-- param: workspace text  whose
select rule, count(*) as alerts
from alerts
where workspace = $workspace and state <> 'resolved'
group by rule;
