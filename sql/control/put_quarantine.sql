-- question: Keeps that a session's uses are no evidence of need.
-- param: workspace text     whose
-- param: environment text   where the agent runs
-- param: agent text         whose session
-- param: session text       which
-- param: permission text    which uses; * for all
-- param: reason text        why
-- param: created_at text    since when
insert into quarantines (workspace, environment, agent, session, permission, reason, created_at)
values ($workspace, $environment, $agent, $session, $permission, $reason, $created_at)
on conflict (workspace, environment, agent, session, permission) do update set
  reason = excluded.reason, created_at = excluded.created_at;
