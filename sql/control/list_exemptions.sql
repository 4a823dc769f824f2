-- question: Which permissions are exempt, of all workspaces?
select workspace, environment, agent, permission, resource_pattern, owner, reason, approved_by,
  created_at, expires_at
from exemptions
order by workspace, environment, agent, permission, resource_pattern;
