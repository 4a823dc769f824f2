-- question: Which producers sent spans, and how many of each one's sequence are missing?
-- grain: one row per producer, environment and agent, those with gaps first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: producer_id text        the producer
-- column: agent text              for whom it sent
-- column: environment text        where
-- column: spans integer           spans of the agent
-- column: missing integer         numbers of the producer's sequence that never came
-- column: last_seen_at timestamp  its last span
-- column: cursor text             where the next page starts
with seen as (
  select environment, agent, producer_id, sum(spans)::bigint as spans,
    max(last_seen_at) as last_seen_at
  from producer_parts
  where workspace = $workspace and ($environment is null or environment = $environment)
    and last_seen_at >= $since and last_seen_at < $until
  group by environment, agent, producer_id
),
counted as (
  select s.*, coalesce(g.missing, 0)::bigint as missing
  from seen s
  left join gaps_of($workspace, $environment, $since, $until) g
    using (environment, agent, producer_id)
),
keyed as (
  select *, concat_ws(chr(31), lpad((1000000000000 - missing)::varchar, 13, '0'), environment, agent,
    producer_id) as cursor
  from counted
)
select producer_id, agent, environment, spans, missing, last_seen_at, cursor
from keyed
where $after is null or cursor > $after
order by cursor
limit $limit;
