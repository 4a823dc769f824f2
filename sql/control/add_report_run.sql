-- question: Keeps a run that begins.
-- param: id text            its id
-- param: workspace text     whose
-- param: report text        which report
-- param: title text         its title
-- param: started_by text    who or what began it
-- param: schedule_id text?  the schedule that did
-- param: params text        JSON of what it was asked
-- param: digest text        SHA-256 of the SQL
-- param: started_at text    when
insert into report_runs (id, workspace, report, title, state, started_by, schedule_id, params, digest, started_at)
values ($id, $workspace, $report, $title, 'running', $started_by, $schedule_id, $params, $digest, $started_at);
