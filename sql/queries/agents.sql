-- question: What does each agent hold, use and not use, and how much of its surface is proven excess?
-- grain: one row per environment and agent
-- param: workspace text       the tenant
-- param: environment text?    one environment, or null for all
-- param: since timestamp      first instant counted
-- param: until timestamp      first instant not counted
-- param: now timestamp        nothing after it is known
-- param: agent text[]?        these agents
-- param: not_agent text[]?    all but these agents
-- param: owner text[]?        these owners
-- param: grants_known boolean?   some source tells what it holds, or none does
-- param: search text?         text in the agent or its owner
-- param: after text?          cursor of the row before
-- param: limit integer        rows at most
-- column: agent text                    the agent
-- column: environment text              where it runs
-- column: owner text?                   as set here, or else as last told
-- column: grants_known boolean          false where no source of grants is known
-- column: granted integer               permissions held at until
-- column: used integer                  used in the window, whether held at until or not
-- column: used_not_held integer         of them held before and not any more: withdrawn, or the token ended
-- column: unused integer                held and no use in the window, whatever the verdict
-- column: unused_proven integer         held with the verdict unused
-- column: undetermined integer          held, and the verdict not due or cannot be judged
-- column: used_not_granted integer      used in the window outside of every known grant
-- column: unused_weight integer         sum of the weights of unused
-- column: granted_weight integer        sum of the weights of granted
-- column: excess_index double?          0 to 100, proven only; null where grants are unknown
-- column: excess_index_max double?      0 to 100, all that is undetermined too
-- column: sessions integer              of the window
-- column: tasks integer                 tasks of the window
-- column: decisions integer             in the window
-- column: denials integer               in the window
-- column: tokens integer                tokens seen in the window
-- column: version text?                 as last told
-- column: identity text?                as last told
-- column: first_seen_at timestamp?      ever
-- column: last_seen_at timestamp?       before until
-- column: cursor text                   where the next page starts
with parts as (
  select agent_key, max_by(owner, last_started_at) as owner,
    max_by(agent_version, last_started_at) as version, max_by(agent_identity, last_started_at) as identity,
    coalesce(sum(sessions) filter (where in_window), 0)::bigint as sessions,
    coalesce(sum(decisions) filter (where in_window), 0)::bigint as decisions,
    coalesce(sum(denials) filter (where in_window), 0)::bigint as denials,
    min(first_started_at) as first_seen_at, max(last_span_at) as last_seen_at
  from session_sums_of($workspace, $environment, $agent, $since, least($until, $now))
  join agent_profiles using (profile_key)
  group by agent_key
),
tried as (
  select agent_key, count(distinct task_id) as tasks
  from sessions
  semi join agents_of($workspace, $environment, $agent) using (agent_key)
  where task_id is not null and started_at >= $since and started_at < least($until, $now)
  group by agent_key
),
judged as (
  select * from surface_weights_of($workspace, $environment, $agent, $since, least($until, $now))
),
seen as (
  select agent_key, count(*) as tokens
  from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
  group by agent_key
),
named as (
  select * from agents_of($workspace, $environment, $agent)
  where agent_key in (select agent_key from parts union all select agent_key from judged)
    and unlisted($not_agent, agent)
)
select n.agent, n.environment, coalesce(o.owner, p.owner) as owner, coalesce(j.grants_known, false) as grants_known,
  coalesce(j.granted, 0) as granted, coalesce(j.used, 0) as used,
  coalesce(j.used_not_held, 0) as used_not_held, coalesce(j.unused, 0) as unused,
  coalesce(j.unused_proven, 0) as unused_proven, coalesce(j.undetermined, 0) as undetermined,
  coalesce(j.used_not_granted, 0) as used_not_granted,
  coalesce(j.unused_weight, 0) as unused_weight, coalesce(j.granted_weight, 0) as granted_weight,
  j.excess_index, j.excess_index_max,
  coalesce(p.sessions, 0) as sessions, coalesce(d.tasks, 0) as tasks,
  coalesce(p.decisions, 0) as decisions, coalesce(p.denials, 0) as denials,
  coalesce(t.tokens, 0) as tokens, p.version, p.identity, p.first_seen_at, p.last_seen_at,
  concat_ws(chr(31), n.environment, n.agent) as cursor
from named n
left join parts p using (agent_key)
left join tried d using (agent_key)
left join judged j using (agent_key)
left join seen t using (agent_key)
left join set_owners_of($workspace, $environment, $agent) o using (agent_key)
where listed($owner, coalesce(o.owner, p.owner))
  and ($grants_known is null or coalesce(j.grants_known, false) = $grants_known)
  and (occurs($search, n.agent) or occurs($search, coalesce(o.owner, p.owner)))
  and ($after is null or concat_ws(chr(31), n.environment, n.agent) > $after)
order by cursor
limit $limit;
