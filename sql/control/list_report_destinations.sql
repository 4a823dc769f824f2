-- question: Where can reports be sent?
-- param: workspace text  whose
-- param: limit integer   rows at most
select id, name, kind, settings, secret, alerts, created_at
from report_destinations
where workspace = $workspace
order by name
limit $limit;
