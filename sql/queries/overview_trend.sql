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
  from range(0, greatest(1, date_diff('day', $since, least($until, $now)) // 7 + 1)) r(back)
),
held as (
  select i.environment, i.agent, i.permission, i.resource_pattern, i.held_since, i.held_until,
    weight_of(r.risk) as weight
  from islands_of($workspace, $environment, null, least($until, $now)) i
  join risks_of($workspace) r using (permission)
),
used as (
  select environment, agent, permission, resource_pattern, list(distinct day) as days
  from use_days_of($workspace, $environment, null, $since - ($until - $since), least($until, $now))
  where uses > 0
  group by all
),
weighed as (
  select w.bucket_at, h.weight, coalesce(list_bool_or(list_transform(u.days, lambda d:
    d < w.bucket_at and d >= w.bucket_at - ($until - $since))), false) as used
  from weeks w
  join held h on h.held_since < w.bucket_at and h.held_until >= w.bucket_at
  left join used u using (environment, agent, permission, resource_pattern)
)
select bucket_at, 100 * coalesce(sum(weight) filter (where not used), 0) / sum(weight) as excess,
  sort_key(bucket_at) as cursor
from weighed
where bucket_at >= $since and ($after is null or sort_key(bucket_at) > $after)
group by bucket_at
order by bucket_at
limit $limit;
