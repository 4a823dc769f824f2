-- question: What is kept of one run?
-- param: workspace text  whose
-- param: id text         which
select r.*,
  (select json_group_array(json_object('destination', d.destination, 'kind', d.kind, 'state', d.state,
      'attempts', d.attempts, 'ended_at', d.ended_at, 'detail', d.detail))
    from report_deliveries d where d.run_id = r.id) as deliveries
from report_runs r
where r.workspace = $workspace and r.id = $id;
