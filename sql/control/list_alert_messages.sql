-- question: What was told, the latest first?
-- param: workspace text  whose
-- param: limit integer   rows at most
select m.id, m.rule, m.kind, m.alerts, m.created_at, m.body, m.pending,
  (select json_group_array(json_object('destination', d.destination, 'kind', d.kind, 'state', d.state,
      'attempts', d.attempts, 'ended_at', d.ended_at, 'detail', d.detail))
    from alert_deliveries d where d.message_id = m.id) as deliveries
from alert_messages m
where m.workspace = $workspace
order by m.created_at desc, m.id desc
limit $limit;
