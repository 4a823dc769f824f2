-- alert: First denial of its kind
-- question: What was an agent denied in the window that it had never been denied before?
-- grain: one row per environment, agent and permission first denied in the window
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: key text          what is wrong, the same for as long as it is
-- column: severity text     how bad
-- column: message text      in words
-- column: environment text  where
-- column: agent text        who
-- column: permission text   what was denied
-- column: session text      in which that was
-- severity: severity
-- window: 1 day
-- every: 1 minute
-- recovery: silent
with denied as (
  select environment, agent, permission, min(first_denied_at) as first_denied_at,
    min_by(session, (first_denied_at, session)) as session
  from permission_uses
  where workspace = $workspace and ($environment is null or environment = $environment)
    and listed($agent, agent) and denials > 0 and used_via = '' and first_denied_at < $until
  group by environment, agent, permission
  having min(first_denied_at) >= $since
),
rated as (
  select d.*, weight_of(coalesce(w.risk, risk_of_name(d.permission), 'write')) as weight
  from denied d
  left join weights_of($workspace) w using (permission)
)
select to_json([environment, agent, permission])::varchar as key,
  severity_of_weight(weight) as severity,
  format('{} was denied {} for the first time', agent, permission) as message,
  environment, agent, permission, session
from rated
order by weight desc, first_denied_at desc, environment, agent, permission
limit $limit;
