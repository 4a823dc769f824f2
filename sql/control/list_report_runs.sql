-- question: Which runs of a report are kept, the latest first?
-- param: workspace text  whose
-- param: report text?    of which report, null for all
-- param: limit integer   rows at most
select r.id, r.report, r.title, r.state, r.started_by, r.schedule_id, r.params, r.digest, r.started_at,
  r.duration_ms, r.row_count, r.truncated, r.counts, r.error_code, r.error,
  (select json_group_array(json_object('destination', d.destination, 'kind', d.kind, 'state', d.state,
      'attempts', d.attempts, 'ended_at', d.ended_at, 'detail', d.detail))
    from report_deliveries d where d.run_id = r.id) as deliveries
from report_runs r
where r.workspace = $workspace and ($report is null or r.report = $report)
order by r.started_at desc, r.id desc
limit $limit;
