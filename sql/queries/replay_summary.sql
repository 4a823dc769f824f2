-- question: How much of history would a proposal have lost, or made ask first?
-- grain: one row
-- param: workspace text        the tenant
-- param: environment text       the agent's
-- param: agent text             whose grant is changed
-- param: kind text              of the proposal
-- param: permission text        of the grant
-- param: resource_pattern text  of the grant
-- param: proposed text[]        what is held instead
-- param: now timestamp          nothing after it is known
-- column: calls integer             that the grant covered in 400 days
-- column: sessions integer          with such calls
-- column: goals integer             of these sessions
-- column: calls_lost integer        that nothing would have covered
-- column: sessions_lost integer     with such calls
-- column: goals_lost text[]         of these sessions
-- column: calls_asked integer       that would have had to ask first
-- column: sessions_asked integer    with such calls
-- column: calls_unknown integer     that cannot be replayed, since their resource or goal was not told
-- column: since timestamp?          the first call replayed
select coalesce(sum(uses), 0)::bigint as calls, count(distinct session) as sessions,
  count(distinct goal) as goals,
  coalesce(sum(uses) filter (where outcome = 'lost'), 0)::bigint as calls_lost,
  count(distinct session) filter (where outcome = 'lost') as sessions_lost,
  coalesce(list_sort(list(distinct goal) filter (where outcome = 'lost' and goal is not null)), []) as goals_lost,
  coalesce(sum(uses) filter (where outcome = 'asked'), 0)::bigint as calls_asked,
  count(distinct session) filter (where outcome = 'asked') as sessions_asked,
  coalesce(sum(uses) filter (where outcome = 'unknown'), 0)::bigint as calls_unknown,
  min(first_used_at) as since
from replay_of($workspace, $environment, $agent, $kind, $permission, $resource_pattern, $proposed, $now);
