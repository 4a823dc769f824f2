-- question: Takes back that a session was confirmed.
-- param: workspace text     whose
-- param: environment text   where the agent runs
-- param: agent text         whose session
-- param: session text       which
delete from confirmations
where workspace = $workspace and environment = $environment and agent = $agent and session = $session;
