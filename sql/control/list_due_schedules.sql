-- question: Which schedules are due, or have no next instant yet?
-- param: now text  an instant
select id, workspace, report, cron, time_zone, params, formats, destinations, next_at, last_due_at
from report_schedules
where enabled = 1 and (next_at is null or next_at <= $now)
order by next_at, id;
