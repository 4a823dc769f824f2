-- question: Deletes a schedule.
-- param: id text         which
-- param: workspace text  whose
delete from report_schedules where id = $id and workspace = $workspace;
