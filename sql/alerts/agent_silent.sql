-- alert: Agent silent
-- question: Which agents send nothing for much longer than they ever did?
-- grain: one row per environment and agent, the longest silent first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: key text          what is wrong, the same for as long as it is
-- column: severity text     how bad
-- column: message text      in words
-- column: environment text  where
-- column: agent text        who
-- severity: severity
-- every: 5 minutes
-- clock: yes
select to_json([a.environment, a.agent])::varchar as key, 'medium' as severity,
  format('{} is silent for {}; its longest silence before was {}', a.agent, span_told(s.silent_s),
    span_told(s.longest_gap_s)) as message,
  a.environment, a.agent
from silences_of($workspace, $environment, $agent, $until - interval 400 days, $until, $until) s
join agents a using (agent_key)
where s.silent_s > silent_s_least() and s.silent_s > 2 * s.longest_gap_s
order by s.silent_s desc, a.environment, a.agent
limit $limit;
