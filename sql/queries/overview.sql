-- question: How much of what all agents hold is excess, what is new, and where is telemetry blind?
-- grain: one row
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- column: agents integer                  agents with a span in the window or a grant
-- column: granted integer                 permissions held at until
-- column: used integer                    used in the window, whether held at until or not
-- column: used_not_held integer           of them held before and not any more: withdrawn, or the token ended
-- column: unused integer                  held and no use in the window
-- column: unused_proven integer           held with the verdict unused
-- column: undetermined integer            held, the verdict not due or cannot be judged
-- column: excess_index double?            0 to 100, proven only
-- column: excess_index_max double?        0 to 100, all that is undetermined too
-- column: new_grants integer              first held in the last seven days
-- column: new_destructive_grants integer  of them of weight 10
-- column: new_denials integer             decisions of the last seven days that denied, shadow and fail open left out
-- column: decisions integer               in the window
-- column: denials integer                 in the window
-- column: unobservable integer            permissions whose use telemetry could not have seen
-- column: producers_with_gaps integer     producers whose sequence lacks numbers
-- column: agents_without_grants integer   agents of which no source of grants is known
-- column: sessions integer                begun in the window
with weights as (
  select * from surface_weights_of($workspace, $environment, null, $since, least($until, $now))
),
surface as (
  select count(*) as agents, coalesce(sum(granted), 0)::bigint as granted,
    coalesce(sum(used), 0)::bigint as used, coalesce(sum(used_not_held), 0)::bigint as used_not_held,
    coalesce(sum(unused), 0)::bigint as unused,
    coalesce(sum(unused_proven), 0)::bigint as unused_proven,
    coalesce(sum(undetermined), 0)::bigint as undetermined,
    100 * sum(proven_weight) / nullif(sum(granted_weight), 0) as excess_index,
    100 * sum(possible_weight) / nullif(sum(granted_weight), 0) as excess_index_max,
    coalesce(sum(new_grants), 0)::bigint as new_grants,
    coalesce(sum(new_destructive_grants), 0)::bigint as new_destructive_grants,
    coalesce(sum(unobservable), 0)::bigint as unobservable
  from weights
),
parts as (
  select agent_key, sessions, decisions, denials
  from session_sums_of($workspace, $environment, null, $since, least($until, $now))
  where in_window
),
acted as (
  select coalesce(sum(sessions), 0)::bigint as sessions, coalesce(sum(decisions), 0)::bigint as decisions,
    coalesce(sum(denials), 0)::bigint as denials
  from parts
),
lately as (
  select count(*) as new_denials
  from decisions_of($workspace, $environment, null, null,
    least($until, $now) - interval 7 days, least($until, $now))
  where effect = 'deny' and coalesce(enforcement, '') not in ('shadow', 'fail_open')
),
silent as (
  select count(*) filter (where not coalesce(w.grants_known, false)) as agents_without_grants,
    count(*) as agents
  from (select agent_key from parts union select agent_key from weights) s
  left join weights w using (agent_key)
),
gaps as (
  select count(distinct producer_id) as producers_with_gaps
  from gaps_of($workspace, $environment, $since, least($until, $now))
)
select silent.agents, s.granted, s.used, s.used_not_held, s.unused, s.unused_proven, s.undetermined, s.excess_index,
  s.excess_index_max,
  s.new_grants, s.new_destructive_grants, l.new_denials, p.decisions, p.denials, s.unobservable,
  gaps.producers_with_gaps, silent.agents_without_grants, p.sessions
from surface s, acted p, lately l, silent, gaps;
