-- question: Which session has this name, and what did it hold, use and do?
-- grain: one row: the latest of that name
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents
-- param: session text       its name
-- param: now timestamp      a session idle for 30 minutes before it is over
-- column: session text                 the session
-- column: agent text                   who acts in it
-- column: environment text             where
-- column: user text?                   on whose behalf
-- column: task_id text?                the task that it tries
-- column: goal text?                   in the agent's own words
-- column: started_at timestamp         its first span's start
-- column: ended_at timestamp           its task's end, else its last span
-- column: open boolean                 not ended, and within 30 minutes of its last span
-- column: spans integer                spans in it
-- column: actions integer              actions executed or tried
-- column: decisions integer            requests decided
-- column: denials integer              of them denied
-- column: tokens integer               tokens issued or used in it
-- column: permissions_granted integer  distinct permissions held during it
-- column: permissions_used integer     distinct permissions used in it
-- column: trace_id text                its first trace
-- column: traces integer               its traces
with paged as materialized (
  select *
  from session_rows_of($workspace, $environment, $agent, [$session],
    timestamp '1970-01-01', timestamp '9999-01-01', $now)
  order by started_at desc, environment, agent
  limit 1
)
select *
from sessions_told($workspace, $environment, $agent, 'paged')
limit 1;
