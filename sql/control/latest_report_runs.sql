-- question: What is the latest run of each report?
-- param: workspace text  whose
select r.id, r.report, r.title, r.state, r.started_by, r.schedule_id, r.params, r.digest, r.started_at,
  r.duration_ms, r.row_count, r.truncated, r.counts, r.error_code, r.error, '[]' as deliveries
from (
  select *, row_number() over (partition by report order by started_at desc, id desc) as place
  from report_runs where workspace = $workspace
) r
where r.place = 1;
