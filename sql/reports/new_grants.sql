-- report: Permissions newly held
-- question: Which permissions did agents come to hold in the window, and were they used yet?
-- grain: one row per environment, agent, permission and resource pattern held since an instant of the window, the heaviest first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text          by weight
-- column: agent text             who holds it
-- column: environment text       where
-- column: permission text        what is held
-- column: resource_pattern text  on what, * for all
-- column: risk text              its class
-- column: weight integer         1, 3 or 10 by class
-- column: held_since timestamp   from when on
-- column: held_now boolean       still held at the window's end
-- column: uses integer           since then
-- column: granted_by text[]      sources that grant it
-- column: source_ref text[]      their own names for it
-- severity: severity
-- chart: bars agent weight
-- window: 7 days
-- schedule: 0 7 * * *
select severity_of_weight(weight_of(risk)) as severity, agent, environment, permission,
  resource_pattern, risk, weight_of(risk) as weight, held_since, held_now,
  coalesce(uses, 0) as uses, granted_by, source_ref
from judged_of($workspace, $environment, $agent, $since, $until)
where ever_held and held_since >= $since
order by weight desc, held_since desc, environment, agent, permission, resource_pattern
limit $limit;
