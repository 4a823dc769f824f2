-- question: Which sessions ran, what did they hold and use, and what did they do?
-- grain: one row per session, the latest first
-- param: workspace text       the tenant
-- param: environment text?    one environment, or null for all
-- param: since timestamp      first instant counted
-- param: until timestamp      first instant not counted
-- param: now timestamp        a session idle for 30 minutes before it is over
-- param: agent text[]?        these agents
-- param: not_agent text[]?    all but these agents
-- param: user text[]?         these users
-- param: not_user text[]?     all but these users
-- param: session text[]?      these sessions
-- param: task_id text[]?      these tasks
-- param: goal text[]?         these goals
-- param: permission text[]?   that used any of these permissions
-- param: open boolean?        still open, or not
-- param: search text?         text in the session, task, goal or user
-- param: after text?          cursor of the row before
-- param: limit integer        rows at most
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
-- column: cursor text                  where the next page starts
with acting as (
  select distinct environment, agent, session
  from permission_uses
  where $permission is not null and workspace = $workspace and uses > 0
    and listed($permission, permission)
),
matched as (
  select r.*, concat_ws(chr(31), sort_key(r.started_at), r.environment, r.agent, r.session) as cursor
  from session_rows_of($workspace, $environment, $agent, $session, $since, $until, $now) r
  left join acting u using (environment, agent, session)
  where unlisted($not_agent, r.agent) and listed($user, r.user_id) and unlisted($not_user, r.user_id)
    and listed($task_id, r.task_id) and listed($goal, r.goal)
    and ($open is null or r.open = $open) and ($permission is null or u.session is not null)
    and (occurs($search, r.session) or occurs($search, r.task_id) or occurs($search, r.goal)
      or occurs($search, r.user_id))
),
paged as materialized (
  select * from matched where $after is null or cursor < $after order by cursor desc limit $limit
)
select *
from sessions_told($workspace, $environment, $agent, $now, 'paged')
order by cursor desc
limit $limit;
