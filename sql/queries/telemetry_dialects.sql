-- question: In which conventions were the spans of the window written?
-- grain: one row per dialect, the most frequent first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: dialect text            the conventions
-- column: spans integer           spans written in them
-- column: last_seen_at timestamp  the latest
-- column: cursor text             where the next page starts
with counted as (
  select dialect, count(*) as spans, max(started_at) as last_seen_at,
    concat(lpad((1000000000000 - count(*))::varchar, 13, '0'), chr(31), dialect) as cursor
  from spans
  where workspace = $workspace and ($environment is null or environment = $environment)
    and started_at >= $since and started_at < $until
  group by dialect
)
select dialect, spans, last_seen_at, cursor
from counted
where $after is null or cursor > $after
order by cursor
limit $limit;
