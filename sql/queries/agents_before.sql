-- question: What was each agent's excess index seven days before?
-- grain: one row per environment and agent that held or used something then
-- param: workspace text       the tenant
-- param: environment text?    one environment, or null for all
-- param: since timestamp      first instant counted now; then seven days earlier
-- param: until timestamp      first instant not counted now
-- param: now timestamp        nothing after it is known
-- param: agent text[]?        these agents
-- param: after text?          cursor of the row before
-- param: limit integer        rows at most
-- column: agent text            the agent
-- column: environment text      where it runs
-- column: excess_index double?  0 to 100, proven only; null where grants were unknown
-- column: cursor text           where the next page starts
select agent, environment, excess_index, concat_ws(chr(31), environment, agent) as cursor
from surface_weights_of($workspace, $environment, $agent, $since - interval 7 days,
  least($until, $now) - interval 7 days)
where $after is null or concat_ws(chr(31), environment, agent) > $after
order by cursor
limit $limit;
