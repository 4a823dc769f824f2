-- Who answers for agents, mirrored from the control data as rulings are; stands before what telemetry tells.

-- grain: one row per agent of an environment whose owner was set
create table agent_owners (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  owner varchar not null,
  created_at timestamp not null
);
