-- question: Keeps that a permission is not judged for a time.
-- param: workspace text          whose
-- param: environment text        where the agent runs
-- param: agent text              whose permission
-- param: permission text         as it is granted
-- param: resource_pattern text   of the grant
-- param: owner text              who answers for it
-- param: reason text             why
-- param: approved_by text?       who else approved it
-- param: created_at text         since when
-- param: expires_at text         until when
insert into exemptions (workspace, environment, agent, permission, resource_pattern, owner, reason,
  approved_by, created_at, expires_at)
values ($workspace, $environment, $agent, $permission, $resource_pattern, $owner, $reason, $approved_by,
  $created_at, $expires_at)
on conflict (workspace, environment, agent, permission, resource_pattern) do update set
  owner = excluded.owner, reason = excluded.reason, approved_by = excluded.approved_by,
  created_at = excluded.created_at, expires_at = excluded.expires_at;
