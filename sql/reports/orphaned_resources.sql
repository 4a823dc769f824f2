-- report: Temporary resources left behind
-- question: Which resources that an agent made for a task did nothing remove when the task was over?
-- grain: one row per environment, agent, session and resource, the longest left first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted: of the making
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text         medium where nothing ends it, low where it expires by itself
-- column: agent text            who made it
-- column: environment text      where
-- column: resource_type text    kind of resource
-- column: resource_id text      which resource
-- column: session text          the session that made it
-- column: made_at timestamp     when
-- column: session_ended_at timestamp?  when it was to be gone; null where the session has no end
-- column: left_s double         since then, or since it was made
-- column: expires_at timestamp?  by itself
-- column: cleaned_at timestamp?  the last try to remove it
-- column: outcome text?         of that
-- severity: severity
-- chart: bars agent
-- window: 30 days
-- schedule: 0 7 * * *
select case when expires_at is null then 'medium' else 'low' end as severity,
  agent, environment, resource_type, resource_id, session, made_at, ended_at as session_ended_at,
  seconds_between(greatest(made_at, coalesce(ended_at, made_at)), $until) as left_s,
  expires_at, cleaned_at, outcome
from resources_of($workspace, $environment, $agent, $since, $until)
where state = 'left'
order by severity_rank(severity), left_s desc, environment, agent, session, resource_type, resource_id
limit $limit;
