-- alert: Permission bypassed
-- question: Which agents acted without a decision where the others have one, or after a refusal?
-- grain: one row per environment and agent
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: key text          what is wrong, the same for as long as it is
-- column: severity text     how bad
-- column: message text      in words
-- column: environment text  where
-- column: agent text        who
-- column: session text      the latest in which it was seen
-- severity: severity
-- window: 1 day
-- every: 1 minute
select to_json([environment, agent])::varchar as key, 'high' as severity,
  format('{}: {}', agent, string_agg(evidence, '; ' order by evidence)) as message,
  environment, agent, min_by(sessions[1], evidence) as session
from bypass_of($workspace, $environment, $agent, $since, $until)
group by environment, agent
order by environment, agent
limit $limit;
