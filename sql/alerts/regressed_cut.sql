-- alert: Cut that was undone
-- question: Which permissions that were taken away are held again, by a grant that began afterwards?
-- grain: one row per recommendation that somebody carried out and that regressed
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: key text          what is wrong, the same for as long as it is
-- column: severity text     how bad
-- column: message text      in words
-- column: environment text  where
-- column: agent text        who
-- column: permission text   what is held again
-- severity: severity
-- every: 5 minutes
-- clock: yes
with cut as (
  select recommendation_id, kind, environment, agent, permission, resource_pattern, since, state
  from recommendation_states
  where workspace = $workspace and ($environment is null or environment = $environment)
    and listed($agent, agent) and state = 'removed' and since < $until
),
held as (
  select environment, agent, permission, resource_pattern, max(granted_at) as granted_at
  from islands_of($workspace, $environment, $agent, $until)
  where held_now
  group by environment, agent, permission, resource_pattern
)
select to_json([c.recommendation_id])::varchar as key, 'high' as severity,
  format('{} holds {} on {} again; it was taken away on {}', c.agent, c.permission, c.resource_pattern,
    strftime(c.since, '%Y-%m-%d')) as message,
  c.environment, c.agent, c.permission
from cut c
join held h using (environment, agent, permission, resource_pattern)
-- The same words as the recommendation's own state.
where state_of(c.state, c.kind, false, true, h.granted_at > c.since, false) = 'regressed'
order by h.granted_at desc, c.environment, c.agent, c.permission, c.resource_pattern,
  c.recommendation_id
limit $limit;
