-- question: Keeps who answers for an agent.
-- param: workspace text      whose
-- param: environment text    where the agent runs
-- param: agent text          the agent
-- param: owner text          who answers for it
-- param: created_at text     since when
insert into agent_owners (workspace, environment, agent, owner, created_at)
values ($workspace, $environment, $agent, $owner, $created_at)
on conflict (workspace, environment, agent) do update set
  owner = excluded.owner, created_at = excluded.created_at;
