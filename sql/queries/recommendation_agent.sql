-- question: Of which agent is a proposal, whose id names it by a hash alone?
-- grain: one row per environment and agent that a proposal of this id could be of: one, or none
-- param: workspace text           the tenant
-- param: recommendation_id text   the proposal
-- param: limit integer            rows at most
-- column: environment text        where it runs
-- column: agent text              its name
with on_permissions as (
  select unnest(['remove_permission', 'narrow_permission', 'narrow_resource', 'just_in_time', 'task_scope',
    'raise_tier', 'lower_tier', 'separate_identity']) as kind
),
held as (
  select distinct a.environment, a.agent, s.permission, s.resource_pattern
  from (select distinct agent_key, surface_hash from grant_spells) g
  join agents a using (agent_key)
  join surfaces s on s.workspace = a.workspace and s.surface_hash = g.surface_hash
  where a.workspace = $workspace
),
on_agents as (
  select unnest(['shorten_ttl', 'split_token']) as kind, agent_key, coalesce(type, 'unknown') as subject
  from (select distinct agent_key, type from tokens)
  union all
  select 'separate_identity', agent_key, 'user identity' from agents
  union all
  select 'cleanup', a.agent_key, r.resource_type
  from agents a
  join (select distinct workspace, resource_type from resource_spans where event = 'made') r using (workspace)
),
named as (
  -- What somebody acted on is known by name.
  select environment, agent from recommendation_states
  where workspace = $workspace and recommendation_id = $recommendation_id
  union
  select h.environment, h.agent from held h
  cross join on_permissions k
  where recommendation_id_of($workspace, k.kind, h.environment, h.agent, h.permission, h.resource_pattern, '')
    = $recommendation_id
  union
  select a.environment, a.agent from on_agents o
  join agents a using (agent_key)
  where a.workspace = $workspace
    and recommendation_id_of($workspace, o.kind, a.environment, a.agent, '', '', o.subject) = $recommendation_id
)
select environment, agent from named order by environment, agent limit $limit;
