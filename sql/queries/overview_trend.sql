-- question: Which share of the held weight was not used in the window before, week by week?
-- grain: one row per week of the window, the earliest first; none before anything was held
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: bucket_at timestamp  end of the week
-- column: excess double        0 to 100
-- column: cursor text          where the next page starts
with weeks as (
  select least($until, $now) - to_days(7 * back::integer) as bucket_at
  -- No further back than history is kept: 400 days, whatever the window.
  from range(0, least(58, greatest(1, date_diff('day', $since, least($until, $now)) // 7 + 1))) r(back)
),
islands as materialized (
  select * from islands_of($workspace, $environment, null, least($until, $now))
),
held as (
  select i.agent_key, i.permission, i.resource_pattern, w.bucket_at, weight_of(r.risk) as weight
  from islands i
  join risks_of($workspace) r using (permission)
  join weeks w on i.held_since < w.bucket_at and i.held_until >= w.bucket_at
),
used as (
  select agent_key, permission, resource_pattern, day
  from use_days_of($workspace, $environment, null, $since - ($until - $since), least($until, $now),
    'islands', true)
  where uses > 0
),
weighed as (
  select h.bucket_at, h.weight, coalesce(u.day >= h.bucket_at - ($until - $since), false) as used
  from held h
  asof left join used u on u.agent_key = h.agent_key and u.permission = h.permission
    and u.resource_pattern = h.resource_pattern and u.day < h.bucket_at
)
select bucket_at, 100 * coalesce(sum(weight) filter (where not used), 0) / sum(weight) as excess,
  sort_key(bucket_at) as cursor
from weighed
where bucket_at >= $since and ($after is null or sort_key(bucket_at) > $after)
group by bucket_at
order by bucket_at
limit $limit;
