-- alert: Evidence has gaps
-- question: Of which agents are spans missing from their producers' sequences?
-- grain: one row per environment and agent, those that lack most first
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
-- severity: severity
-- window: 1 day
-- every: 1 minute
-- for: 10 minutes
with lost as (
  select environment, agent, sum(missing)::bigint as missing, count(*) as producers
  from gaps_of($workspace, $environment, $since, $until)
  where listed($agent, agent)
  group by environment, agent
)
select to_json([environment, agent])::varchar as key, 'medium' as severity,
  format('{} of {}''s evidence {} missing from the sequences of {}', counted(missing, 'span'), agent,
    case when missing = 1 then 'is' else 'are' end, counted(producers, 'producer')) as message,
  environment, agent
from lost
order by missing desc, environment, agent
limit $limit;
