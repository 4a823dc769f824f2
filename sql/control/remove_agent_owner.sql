-- question: Takes back who answers for an agent; what telemetry tells counts again.
-- param: workspace text      whose
-- param: environment text    where the agent runs
-- param: agent text          the agent
delete from agent_owners
where workspace = $workspace and environment = $environment and agent = $agent;
