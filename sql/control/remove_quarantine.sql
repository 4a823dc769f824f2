-- question: Lets a session's uses be evidence again.
-- param: workspace text     whose
-- param: environment text   where the agent runs
-- param: agent text         whose session
-- param: session text       which
-- param: permission text    which uses; * for all
delete from quarantines
where workspace = $workspace and environment = $environment and agent = $agent and session = $session
  and permission = $permission;
