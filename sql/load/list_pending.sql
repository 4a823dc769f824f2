-- Traces to settle: all of them at start, afterwards only those that a settle asked for.
select distinct workspace, trace_id
from pending_traces
order by workspace, trace_id;
