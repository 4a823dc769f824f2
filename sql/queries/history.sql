-- question: When did an agent hold each permission, and on which days was it used or refused?
-- grain: one row per permission and resource pattern, held or not
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: agent text         the agent
-- param: permission text[]?      these permissions
-- param: not_permission text[]?  all but these permissions
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: permission text         as it is granted or used
-- column: resource_pattern text   what it is granted on, * for all
-- column: held struct[]           islands of its grants; to is null where it is held still
-- column: used_days struct[]      days of the window with uses
-- column: denied_days struct[]    days of the window with denials
-- column: cursor text             where the next page starts
with islands as materialized (
  select * from islands_of($workspace, $environment, [$agent], least($until, $now))
),
held as (
  select permission, resource_pattern,
    list({
      'from': held_since,
      'to': case when held_now then null else ended_at end
    } order by held_since) as held
  from islands
  group by permission, resource_pattern
),
days as (
  select permission, resource_pattern, day, sum(uses)::bigint as uses, sum(denials)::bigint as denials
  from use_days_of($workspace, $environment, [$agent], $since, least($until, $now), 'islands', false)
  group by permission, resource_pattern, day
),
used as (
  select permission, resource_pattern,
    list({'day': strftime(day, '%Y-%m-%d'), 'uses': uses} order by day) filter (where uses > 0)
      as used_days,
    list({'day': strftime(day, '%Y-%m-%d'), 'denials': denials} order by day)
      filter (where denials > 0) as denied_days
  from days
  group by permission, resource_pattern
),
keyed as (
  select permission, resource_pattern, coalesce(h.held, []) as held,
    coalesce(u.used_days, []) as used_days, coalesce(u.denied_days, []) as denied_days,
    concat_ws(chr(31), permission, resource_pattern) as cursor
  from held h
  full join used u using (permission, resource_pattern)
)
select permission, resource_pattern, held, used_days, denied_days, cursor
from keyed
where listed($permission, permission) and unlisted($not_permission, permission)
  and ($after is null or cursor > $after)
order by cursor
limit $limit;
