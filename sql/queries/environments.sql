-- question: Which environments have telemetry or grants?
-- grain: one row per environment, the one with the most agents first
-- param: workspace text  the tenant
-- param: after text?     cursor of the row before
-- param: limit integer   rows at most
-- column: environment text  its name
-- column: agents integer    agents seen in it
-- column: cursor text       where the next page starts
with seen as (
  select distinct environment, agent from session_parts where workspace = $workspace
  union
  select distinct environment, agent from grants where workspace = $workspace
),
counted as (
  select environment, count(*) as agents,
    concat(lpad((1000000000 - count(*))::varchar, 10, '0'), chr(31), environment) as cursor
  from seen
  group by environment
)
select environment, agents, cursor
from counted
where $after is null or cursor > $after
order by cursor
limit $limit;
