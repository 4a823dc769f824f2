-- question: Keeps what is known of an alert; what a person acknowledged stays until it begins anew.
-- param: id text  of rule and key
-- param: workspace text  whose
-- param: rule text  which
-- param: key text  what is wrong
-- param: state text  pending, firing, no_data or resolved
-- param: severity text  how bad
-- param: message text  in words
-- param: environment text?  where
-- param: agent text?  who
-- param: session text?  in which
-- param: fingerprint text?  which token
-- param: permission text?  which
-- param: began_at text  when it was first seen
-- param: fired_at text?  when it became an alert
-- param: last_seen_at text  when it was last found
-- param: resolved_at text?  when it was over
-- param: told_at text?  when it was told last
-- param: begins integer  1 where it is another occasion than the one before
insert into alerts (id, workspace, rule, key, state, severity, message, environment, agent,
  session, fingerprint, permission, began_at, fired_at, last_seen_at, resolved_at, told_at)
values ($id, $workspace, $rule, $key, $state, $severity, $message, $environment, $agent,
  $session, $fingerprint, $permission, $began_at, $fired_at, $last_seen_at, $resolved_at, $told_at)
on conflict (id) do update set
  state = excluded.state,
  severity = excluded.severity,
  message = excluded.message,
  environment = excluded.environment,
  agent = excluded.agent,
  session = excluded.session,
  fingerprint = excluded.fingerprint,
  permission = excluded.permission,
  began_at = excluded.began_at,
  fired_at = excluded.fired_at,
  last_seen_at = excluded.last_seen_at,
  resolved_at = excluded.resolved_at,
  told_at = excluded.told_at,
  acknowledged_at = case when $begins = 1 then null else acknowledged_at end,
  acknowledged_by = case when $begins = 1 then null else acknowledged_by end;
