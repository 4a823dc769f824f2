-- The picked traces are settled; those in `settle_next` are still to be.
delete from pending_traces
using picked_traces
where pending_traces.workspace = picked_traces.workspace
  and pending_traces.trace_id = picked_traces.trace_id;
insert into pending_traces
select distinct workspace, trace_id, null::timestamp, null::timestamp
from settle_next
order by workspace, trace_id;
truncate picked_traces;
