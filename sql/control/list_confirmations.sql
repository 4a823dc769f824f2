-- question: Which sessions did somebody confirm, of all workspaces?
select workspace, environment, agent, session, reason, created_at
from confirmations
order by workspace, environment, agent, session;
