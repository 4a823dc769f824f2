-- alert: New destructive grant
-- question: Which permissions of weight 10 did agents come to hold in the window, and hold still?
-- grain: one row per environment, agent, permission and resource pattern held since an instant of the window
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
-- column: permission text   what is held
-- severity: severity
-- window: 1 day
-- every: 5 minutes
-- recovery: silent
with held as (
  select environment, agent, permission, resource_pattern, held_since, granted_by
  from islands_of($workspace, $environment, $agent, $until)
  where held_now and held_since >= $since
),
rated as (
  select h.*, coalesce(w.risk, risk_of_name(h.permission), 'write') as risk
  from held h
  left join weights_of($workspace) w using (permission)
)
select to_json([environment, agent, permission, resource_pattern])::varchar as key,
  'high' as severity,
  format('{} holds {} on {} ({}) since {}, granted by {}', agent, permission, resource_pattern, risk,
    strftime(held_since, '%Y-%m-%d %H:%M UTC'), array_to_string(granted_by, ', ')) as message,
  environment, agent, permission
from rated
where weight_of(risk) >= 10
order by held_since desc, environment, agent, permission, resource_pattern
limit $limit;
