-- question: Changes a schedule.
-- param: id text            which
-- param: workspace text     whose
-- param: cron text          when
-- param: time_zone text     in which zone
-- param: params text        JSON of what is asked
-- param: formats text       JSON list
-- param: destinations text  JSON list of ids
-- param: enabled integer    1 where it runs
-- param: next_at text?      next due
update report_schedules
set cron = $cron, time_zone = $time_zone, params = $params, formats = $formats,
  destinations = $destinations, enabled = $enabled, next_at = $next_at
where id = $id and workspace = $workspace;
