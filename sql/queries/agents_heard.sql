-- question: For how long is nothing heard of each agent?
-- grain: one row per environment and agent with a session in the last 400 days
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: until timestamp    as of when
-- column: environment text  where
-- column: agent text        who
-- column: silent_s double   seconds since its last span
select a.environment, a.agent, s.silent_s
from silences_of($workspace, $environment, null, $until - interval 400 days, $until, $until) s
join agents a using (agent_key)
order by a.environment, a.agent;
