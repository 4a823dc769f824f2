-- question: Forgets the oldest runs of a report, and all that began before an instant.
-- param: workspace text  whose
-- param: report text     of which report
-- param: keep integer    runs kept
-- param: before text     what began before it goes
delete from report_runs
where workspace = $workspace and report = $report and (started_at < $before or id in (
  select id from report_runs where workspace = $workspace and report = $report
  order by started_at desc, id desc limit -1 offset $keep));
