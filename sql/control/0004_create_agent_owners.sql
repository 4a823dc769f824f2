-- Who answers for agents, where somebody set it here; stands before what telemetry tells.

-- grain: one row per agent of an environment whose owner was set
create table agent_owners (
  workspace text not null,
  environment text not null,
  agent text not null,
  owner text not null,
  created_at text not null,
  primary key (workspace, environment, agent)
) strict;
