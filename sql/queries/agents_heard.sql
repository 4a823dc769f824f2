-- question: Of which agents did telemetry come in the window, and for how long is nothing heard of each?
-- grain: one row per environment and agent with a span in the window
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: environment text  where
-- column: agent text        who
-- column: silent_s double   seconds since its last span
select a.environment, a.agent, s.silent_s
from silences_of($workspace, $environment, null, $since, $until, $until) s
join agents a using (agent_key)
order by a.environment, a.agent
limit $limit;
