-- What people ruled about permissions and proposals. Instants are RFC 3339, UTC.

-- grain: one row per permission of an agent that is not to be judged for a time
create table exemptions (
  workspace text not null,
  environment text not null,
  agent text not null,
  permission text not null,
  resource_pattern text not null,
  owner text not null,
  reason text not null,
  created_at text not null,
  expires_at text not null,
  primary key (workspace, environment, agent, permission, resource_pattern)
) strict;

-- grain: one row per session whose uses of a permission, or of all ('*'), are no evidence of need
create table quarantines (
  workspace text not null,
  environment text not null,
  agent text not null,
  session text not null,
  permission text not null,
  reason text not null,
  created_at text not null,
  primary key (workspace, environment, agent, session, permission)
) strict;

-- grain: one row per recommendation that somebody acted on, with what it proposed when the latest act was
-- proposed: JSON; restores: how often it was applied and taken back
create table recommendation_states (
  workspace text not null,
  recommendation_id text not null,
  kind text not null,
  environment text not null,
  agent text not null,
  permission text not null,
  resource_pattern text not null,
  subject text not null,
  proposed text not null,
  state text not null,
  since text not null,
  due_at text,
  reason text not null,
  actor text not null,
  digest text not null,
  restores integer not null,
  primary key (workspace, recommendation_id)
) strict;
