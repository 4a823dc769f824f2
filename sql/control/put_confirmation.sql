-- question: Keeps that somebody looked at a session and found its uses to be evidence.
-- param: workspace text     whose
-- param: environment text   where the agent runs
-- param: agent text         whose session
-- param: session text       which
-- param: reason text        why
-- param: created_at text    since when
insert into confirmations (workspace, environment, agent, session, reason, created_at)
values ($workspace, $environment, $agent, $session, $reason, $created_at)
on conflict (workspace, environment, agent, session) do update set
  reason = excluded.reason, created_at = excluded.created_at;
