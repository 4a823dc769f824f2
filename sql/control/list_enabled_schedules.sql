-- question: Which schedules are in force?
select id, workspace, report, cron, time_zone, params, formats, destinations, next_at, last_due_at
from report_schedules
where enabled = 1
order by next_at, id;
