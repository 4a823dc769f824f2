-- What people ruled, mirrored from the control data whenever it changes and at every start: never written here first.

-- grain: one row per permission of an agent that is not to be judged for a time
create table exemptions (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  permission varchar not null,
  resource_pattern varchar not null,
  owner varchar not null,
  reason varchar not null,
  created_at timestamp not null,
  expires_at timestamp not null
);

-- grain: one row per session whose uses of a permission, or of all ('*'), are no evidence of need
create table quarantines (
  workspace varchar not null,
  environment varchar not null,
  agent varchar not null,
  session varchar not null,
  permission varchar not null,
  reason varchar not null,
  created_at timestamp not null
);

-- grain: one row per recommendation that somebody acted on, with what it proposed when the latest act was
create table recommendation_states (
  workspace varchar not null,
  recommendation_id varchar not null,
  kind varchar not null,
  environment varchar not null,
  agent varchar not null,
  permission varchar not null,
  resource_pattern varchar not null,
  subject varchar not null,
  proposed varchar[],
  state varchar not null,
  since timestamp not null,
  due_at timestamp,
  reason varchar not null,
  actor varchar not null,
  digest varchar not null,
  restores uinteger not null
);
