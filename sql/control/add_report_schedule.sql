-- question: Adds a schedule.
-- param: id text            its id
-- param: workspace text     whose
-- param: report text        which report
-- param: cron text          when
-- param: time_zone text     in which zone
-- param: params text        JSON of what is asked
-- param: formats text       JSON list
-- param: destinations text  JSON list of ids
-- param: enabled integer    1 where it runs
-- param: created_at text    now
-- param: next_at text?      first due
insert into report_schedules (id, workspace, report, cron, time_zone, params, formats, destinations,
  enabled, created_at, next_at)
values ($id, $workspace, $report, $cron, $time_zone, $params, $formats, $destinations, $enabled,
  $created_at, $next_at);
