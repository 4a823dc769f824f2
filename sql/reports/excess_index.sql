-- report: Excess of each agent, and how it moved
-- question: How much of what each agent holds is proven excess, and did that change in seven days?
-- grain: one row per environment and agent with a known surface, the greatest excess first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text             high from 67, medium from 34, low above 0
-- column: agent text                who
-- column: environment text          where
-- column: excess_index double       0 to 100, proven only
-- column: excess_index_max double   0 to 100, all that is undetermined too
-- column: change_7d double?         points since seven days before; null where it held nothing then
-- column: granted integer           permissions held
-- column: used integer              used in the window
-- column: unused integer            held and not used in the window
-- column: unused_proven integer     of them proven
-- column: undetermined integer      verdict not due or cannot be judged
-- column: new_grants integer        held for less than seven days
-- severity: severity
-- chart: bars agent excess_index
-- window: 90 days
-- schedule: 0 7 * * 1
with present as (
  select * from surface_weights_of($workspace, $environment, $agent, $since, $until)
  where excess_index is not null
),
before as (
  select agent_key, excess_index as index_before
  from surface_weights_of($workspace, $environment, $agent, $since - interval 7 days,
    $until - interval 7 days)
)
select case when excess_index >= 67 then 'high' when excess_index >= 34 then 'medium'
    when excess_index > 0 then 'low' else 'info' end as severity,
  agent, environment, excess_index, excess_index_max, excess_index - index_before as change_7d,
  granted, used, unused, unused_proven, undetermined, new_grants
from present
left join before using (agent_key)
order by excess_index desc, excess_index_max desc, environment, agent
limit $limit;
