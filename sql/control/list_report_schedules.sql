-- question: Which schedules are there?
-- param: workspace text  whose
-- param: limit integer   rows at most
select id, report, cron, time_zone, params, formats, destinations, enabled, created_at, next_at,
  last_due_at, last_run_id
from report_schedules
where workspace = $workspace
order by report, created_at, id
limit $limit;
