-- Traces that the settle just done wants settled again.
select distinct workspace, trace_id
from settle_next
order by workspace, trace_id;
