-- Risk of well-known permissions, where the verb in the name would mislead or says nothing.

-- grain: one row per catalogued permission; source: the catalogue that it is from
create table permission_risks (
  permission varchar primary key,
  risk varchar not null,
  source varchar not null
);

insert into permission_risks values
  ('oauth:openid', 'read', 'oauth'),
  ('oauth:profile', 'read', 'oauth'),
  ('oauth:email', 'read', 'oauth'),
  ('oauth:offline_access', 'credential', 'oauth');
