-- question: Who answers for which agent?
-- column: workspace text      whose
-- column: environment text    where the agent runs
-- column: agent text          the agent
-- column: owner text          who answers for it
-- column: created_at text     since when
select workspace, environment, agent, owner, created_at
from agent_owners
order by workspace, environment, agent;
