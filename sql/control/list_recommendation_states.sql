-- question: Which recommendations did somebody act on, of all workspaces?
select workspace, recommendation_id, kind, environment, agent, permission, resource_pattern, subject,
  proposed, state, since, due_at, reason, actor, digest, restores
from recommendation_states
order by workspace, recommendation_id;
