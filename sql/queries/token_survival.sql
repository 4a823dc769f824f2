-- question: Which share of the tokens was still in use at each age?
-- grain: one row per age, from issue on in steps that grow
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: agent text[]?      these agents
-- param: not_agent text[]?  all but these agents
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: age_s integer   age
-- column: in_use double   share of the used tokens whose last use came at that age or later
-- column: cursor text     where the next page starts
with used as (
  select used_s::bigint as age_s, count(*) as tokens
  from (select floor(used_s) as used_s
    from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
    where unlisted($not_agent, agent) and used_s >= 0)
  group by used_s
),
ages as (
  select unnest([0, 1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 43200,
    86400, 172800, 345600, 604800, 1209600, 2592000]) as age_s
)
select a.age_s, coalesce(sum(u.tokens) filter (where u.age_s >= a.age_s), 0)::double / sum(u.tokens)
    as in_use,
  lpad(a.age_s::varchar, 10, '0') as cursor
from ages a
cross join used u
where $after is null or lpad(a.age_s::varchar, 10, '0') > $after
group by a.age_s
order by a.age_s
limit $limit;
