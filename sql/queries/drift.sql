-- question: How many permissions did an agent hold and use, bucket by bucket?
-- grain: one row per bucket of time, the earliest first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: agent text         the agent
-- param: bucket text?       minute, hour, day or week; null: by the width of the window
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: bucket_at timestamp  start of the bucket
-- column: granted integer      permissions held at its end
-- column: used integer         permissions used in the window's length before its end
-- column: cursor text          where the next page starts
with buckets as (
  select bucket_at, least(bucket_end(bucket_at, $bucket, $since, $until), $until, $now) as end_at
  from bucket_starts($bucket, $since, least($until, $now))
),
islands as materialized (
  select * from islands_of($workspace, $environment, [$agent], least($until, $now))
),
held as (
  select permission, resource_pattern, held_since, held_until from islands
),
used as (
  select distinct permission, resource_pattern, day
  from use_days_of($workspace, $environment, [$agent], $since - ($until - $since), least($until, $now),
    'islands', false)
  where uses > 0
),
granted as (
  select b.bucket_at, count(distinct h.permission || chr(31) || h.resource_pattern) as granted
  from buckets b
  join held h on h.held_since < b.end_at and h.held_until >= b.end_at
  group by b.bucket_at
),
exercised as (
  select b.bucket_at, count(distinct u.permission || chr(31) || u.resource_pattern) as used
  from buckets b
  join used u on u.day < b.end_at and u.day >= b.end_at - ($until - $since)
  group by b.bucket_at
)
select b.bucket_at, coalesce(g.granted, 0) as granted, coalesce(e.used, 0) as used,
  sort_key(b.bucket_at) as cursor
from buckets b
left join granted g using (bucket_at)
left join exercised e using (bucket_at)
where $after is null or sort_key(b.bucket_at) > $after
order by b.bucket_at
limit $limit;
