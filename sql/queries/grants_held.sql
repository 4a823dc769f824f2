-- question: Which source grants an agent each permission, who holds by the same source, and which grants are redundant?
-- grain: one row per source, permission and resource pattern held
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: until timestamp        held at this instant
-- param: now timestamp          nothing after it is known
-- param: agent text             whose
-- param: permission text[]?     these permissions
-- param: not_permission text[]? all but these permissions
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: environment text          where it runs
-- column: agent text                who holds it
-- column: permission text           as it is granted
-- column: resource_pattern text     on what, * for all
-- column: kind text                 tool_list, token, snapshot or import
-- column: source text               that grants it
-- column: source_ref text           the source's own name for it; of tokens and tool lists the latest
-- column: granted_at timestamp      by this source, the first that is still known
-- column: ends_at timestamp?        when it ends by itself
-- column: shared_with text[]        other agents that hold the same by the same source's own name
-- column: redundant_with text[]     other grants of the agent that cover it: without this one it is held still
-- column: cursor text               where the next page starts
with held as materialized (
  select * from grants_held_of($workspace, $environment, [$agent], least($until, $now))
),
-- Agents that hold by a name of which this one holds by too.
circle as materialized (
  select g.* from grants_held_of($workspace, $environment, null, least($until, $now)) g
  semi join (select * from held where list <> '') h using (environment, kind, source, list)
),
shared as (
  select h.agent_key, h.permission, h.resource_pattern, h.kind, h.source, h.list,
    list_sort(list(distinct c.agent)) as shared_with
  from held h
  join circle c using (environment, kind, source, list, permission, resource_pattern)
  where c.agent_key <> h.agent_key
  group by all
),
told as (
  select h.*, coalesce(s.shared_with, []) as shared_with, coalesce(r.redundant_with, []) as redundant_with,
    concat_ws(chr(31), h.environment, h.permission, h.resource_pattern, h.kind, h.source, h.list) as cursor
  from held h
  left join shared s using (agent_key, permission, resource_pattern, kind, source, list)
  left join redundant_of('held') r using (agent_key, permission, resource_pattern, kind, source, list)
  where listed($permission, h.permission) and unlisted($not_permission, h.permission)
)
select environment, agent, permission, resource_pattern, kind, source, source_ref, granted_at,
  case when ended_at < timestamp '9999-01-01' and kind <> 'tool_list' then ended_at end as ends_at,
  shared_with, redundant_with, cursor
from told
where $after is null or cursor > $after
order by cursor
limit $limit;
