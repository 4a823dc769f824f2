-- question: Which sessions' uses are no evidence, of all workspaces?
select workspace, environment, agent, session, permission, reason, created_at
from quarantines
order by workspace, environment, agent, session, permission;
