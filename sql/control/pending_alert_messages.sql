-- question: Which messages have yet to reach somebody, the oldest first?
-- param: limit integer  rows at most
select id, workspace, rule, kind, alerts, created_at, body, pending
from alert_messages
where pending <> '[]'
order by created_at, id
limit $limit;
