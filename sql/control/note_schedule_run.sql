-- question: Notes the run that a schedule began.
-- param: id text      which schedule
-- param: run_id text  its run
update report_schedules set last_run_id = $run_id where id = $id;
