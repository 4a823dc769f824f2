-- question: Keeps what became of a recommendation.
-- param: workspace text           whose
-- param: recommendation_id text   which
-- param: kind text                what it proposes
-- param: environment text         where the agent runs
-- param: agent text               whose permission
-- param: permission text          '' for tokens and identities
-- param: resource_pattern text    of the grant
-- param: subject text             type of the tokens
-- param: proposed text            JSON: what is held instead
-- param: state text               the new state
-- param: since text               when it began
-- param: due_at text?             when its time is over
-- param: reason text              why
-- param: actor text               who
-- param: digest text              of the evidence that was seen
-- param: restores integer         1 where it takes back what was applied
insert into recommendation_states (workspace, recommendation_id, kind, environment, agent, permission,
  resource_pattern, subject, proposed, state, since, due_at, reason, actor, digest, restores)
values ($workspace, $recommendation_id, $kind, $environment, $agent, $permission, $resource_pattern, $subject,
  $proposed, $state, $since, $due_at, $reason, $actor, $digest, $restores)
on conflict (workspace, recommendation_id) do update set
  proposed = excluded.proposed, state = excluded.state, since = excluded.since, due_at = excluded.due_at,
  reason = excluded.reason, actor = excluded.actor, digest = excluded.digest,
  restores = restores + excluded.restores;
