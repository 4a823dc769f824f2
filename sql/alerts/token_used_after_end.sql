-- alert: Token used after its end
-- question: Which tokens were used after they had expired or were revoked?
-- grain: one row per environment, agent and token whose last use lies in the window, beyond its end and the clocks' skew
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
-- column: session text      in which it was issued, else first used
-- column: fingerprint text  which token
-- severity: severity
-- window: 1 day
-- every: 1 minute
select to_json([environment, agent, fingerprint])::varchar as key, 'high' as severity,
  format('a token of {} was used {} after its end', agent, counted(used_after_end, 'time')) as message,
  environment, agent, session, fingerprint
from tokens_of($workspace, $environment, $agent, $since, $until)
where used_after_end > 0 and last_used_at >= $since and last_used_at < $until
order by last_used_at desc, environment, agent, fingerprint
limit $limit;
