-- question: What can be taken back from which agent, and on what evidence?
-- grain: one row per proposal: one kind for an agent's permission and resource pattern, or for its tokens or identity
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: since timestamp        first instant counted
-- param: until timestamp        first instant not counted
-- param: now timestamp          nothing after it is known
-- param: among text[]?          the agents that are judged, null for all: those asked for with their circle
-- param: agent text[]?          these agents
-- param: not_agent text[]?      all but these agents
-- param: kind text[]?           these kinds
-- param: not_kind text[]?       all but these kinds
-- param: permission text[]?     these permissions
-- param: not_permission text[]? all but these permissions
-- param: risk text[]?           these risks
-- param: not_risk text[]?       all but these risks
-- param: state text[]?          in these states
-- param: not_state text[]?      in all but these states
-- param: recommendation_id text[]?  these proposals
-- param: search text?           text in the agent, the permission or the kind
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: recommendation_id text         the same for as long as what it is about is
-- column: kind text                      what is proposed
-- column: agent text                     whose
-- column: environment text               where it runs
-- column: permission text                on which permission; '' where it is on tokens or the identity
-- column: resource_pattern text          what it is granted on
-- column: subject text                   type of the tokens, or what else it is about; '' for a permission
-- column: proposed text[]                what is to be held instead; nothing where it is taken away
-- column: risk text?                     class of the permission
-- column: weight integer?                1, 3 or 10 by class
-- column: verdict text?                  of the permission
-- column: evidence text                  the numbers in a sentence
-- column: uses integer?                  in the window
-- column: sessions_with_use integer?     in the window
-- column: history_sessions integer?      sessions with use in 400 days
-- column: sessions integer?              opportunities without a use; ended tokens, answers or decisions else
-- column: absence_bound double?          share of coming sessions that needs it, at most
-- column: threshold double?              the bound at which it counts as unused
-- column: joint_risk double?             share of coming sessions that would miss any of the agent's removals, at most
-- column: joint_sessions integer?        sessions that tested them
-- column: joint_uses integer?            of them those that used one
-- column: completeness double?           share of coming sessions that use nothing new; null where not known
-- column: expected_in_30_days double?    sessions of 30 days that would miss something, at most
-- column: used_once integer?             of what is kept, that used in one session only
-- column: held_since timestamp?          start of the latest island of grants
-- column: first_used_at timestamp?       in 400 days
-- column: last_used_at timestamp?        in 400 days
-- column: granted_by text[]              sources that grant it
-- column: source_ref text[]              their own names for it: where to edit
-- column: shared_with text[]             other agents that hold it by the same source
-- column: still_granted text[]           grants that would cover it still
-- column: present_s double?              median life given to the tokens
-- column: proposed_s double?             the life that would do
-- column: renewals double?               share of the latest tokens that would have renewed
-- column: index_reduction double         points of the excess index
-- column: privilege_seconds double       weight x seconds held in the window, of what is taken back
-- column: digest text                    of all numbers above: another evidence is another digest
-- column: state text                     open, what somebody ruled, or what telemetry made of that
-- column: state_since timestamp?         of the last act
-- column: due_at timestamp?              when its time is over
-- column: state_reason text?             why
-- column: state_actor text?              who
-- column: seen_digest text?              of the evidence that was seen then
-- column: restores integer               how often it was applied and taken back
-- column: cursor text                    where the next page starts
with told as (
  select *, concat_ws(chr(31), lpad(turn::varchar, 2, '0'), environment, agent, permission, resource_pattern,
    subject) as cursor
  from recommendations_of($workspace, $environment, $among, $since, least($until, $now))
),
paged as (
  select * from told
  where listed($agent, agent) and unlisted($not_agent, agent)
    and listed($kind, kind) and unlisted($not_kind, kind)
    and listed($permission, permission) and unlisted($not_permission, permission)
    and listed($risk, risk) and unlisted($not_risk, risk)
    and listed($state, state) and unlisted($not_state, state)
    and listed($recommendation_id, recommendation_id)
    and (occurs($search, agent) or occurs($search, permission) or occurs($search, kind))
    and ($after is null or cursor > $after)
  order by cursor
  limit $limit
)
select recommendation_id, kind, agent, environment, permission, resource_pattern, subject, proposed, risk,
  weight, verdict, evidence, uses, sessions_with_use, history_sessions, n as sessions,
  case when uses = 0 then bound end as absence_bound, threshold, joint_risk, late_n as joint_sessions,
  late_uses as joint_uses, completeness, expected_in_30_days, used_once, held_since, first_used_at,
  last_used_at, granted_by, source_ref, shared_with, still_granted, present_s, proposed_s, renewals,
  index_reduction, privilege_seconds,
  md5(concat_ws(chr(31), recommendation_id, proposed::varchar, verdict, evidence, n, uses, history_sessions,
    bound, joint_risk, completeness, used_once, held_since, granted_by::varchar, source_ref::varchar,
    shared_with::varchar, proposed_s)) as digest,
  state, state_since, due_at, state_reason, state_actor, seen_digest, restores,
  cursor
from proposals_said_of('paged', $since, least($until, $now))
order by cursor;
