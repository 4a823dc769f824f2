-- report: Anti-patterns found
-- question: Which ways of granting and deciding that are known to go wrong does each agent show?
-- grain: one row per environment, agent and finding, the worst first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text        how bad
-- column: anti_pattern text    its name
-- column: agent text           who shows it
-- column: environment text     where
-- column: evidence text        what was seen, in numbers
-- column: occurrences integer  how often
-- column: sessions text[]      at most three in which it can be seen, the latest
-- severity: severity
-- chart: bars anti_pattern occurrences
-- window: 30 days
-- schedule: 0 7 * * 1
select severity, anti_pattern, agent, environment, evidence, occurrences,
  coalesce(sessions, []) as sessions
from anti_patterns_of($workspace, $environment, $agent, $since, $until)
order by severity_rank(severity), anti_pattern, environment, agent, evidence
limit $limit;
