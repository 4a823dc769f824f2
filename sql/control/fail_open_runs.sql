-- question: Marks the runs that the end of the last process cut off.
update report_runs
set state = 'failed', error_code = 'interrupted', error = 'the server ended while this ran'
where state = 'running';
