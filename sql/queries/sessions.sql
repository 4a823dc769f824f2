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
  select distinct u.session_key
  from session_uses u
  join permissions p using (permission_key)
  where $permission is not null and u.uses > 0 and listed($permission, p.permission)
),
paged as materialized (
  select *
  from session_rows_of($workspace, $environment, $agent, $session, $since, $until, $now)
  where unlisted($not_agent, agent) and listed($user, user_id) and unlisted($not_user, user_id)
    and listed($task_id, task_id) and listed($goal, goal)
    and ($open is null or open = $open)
    and ($permission is null or session_key in (select session_key from acting))
    and (occurs($search, session) or occurs($search, task_id) or occurs($search, goal)
      or occurs($search, user_id))
    and ($after is null or started_at < key_instant($after) or (started_at = key_instant($after)
      and concat_ws(chr(31), sort_key(started_at), environment, agent, session) < $after))
  order by started_at desc, environment desc, agent desc, session desc
  limit $limit
)
select *, concat_ws(chr(31), sort_key(started_at), environment, agent, session) as cursor
from sessions_told($workspace, $environment, $agent, 'paged')
order by started_at desc, environment desc, agent desc, session desc
limit $limit;
