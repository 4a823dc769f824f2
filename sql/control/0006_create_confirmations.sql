-- Sessions whose uses somebody looked at and found to be evidence. Instants are RFC 3339, UTC.

-- grain: one row per session confirmed
create table confirmations (
  workspace text not null,
  environment text not null,
  agent text not null,
  session text not null,
  reason text not null,
  created_at text not null,
  primary key (workspace, environment, agent, session)
) strict;
