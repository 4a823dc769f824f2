-- question: How long do the tokens of each agent live, how long are they used, and what lifetime would do?
-- grain: one row per environment and agent with tokens in the window
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: agent text[]?      these agents
-- param: not_agent text[]?  all but these agents
-- param: after text?        cursor of the row before
-- param: limit integer      rows at most
-- column: agent text               the agent
-- column: environment text         where
-- column: tokens integer           that lived in the window
-- column: ended integer            of them ended
-- column: never_end integer        of them without an end
-- column: ttl_p50_s double?        median life given: issue to expiry, to the end where no expiry is told
-- column: used_p50_s double?       median of issue to last use
-- column: used_p99_s double?       99th percentile of that
-- column: suggested_ttl_s double?  lifetime that would do
-- column: renewals double?         share of the last third of ended tokens that would have renewed
-- column: used_after_end integer   tokens used after their end
-- column: outlived_session integer tokens that outlived their session
-- column: cursor text              where the next page starts
with alive as (
  select agent_key, issued_at, ended_at, ttl_s, used_s, used_after_end, task_overhang_s,
    ended_at <= least($until, $now) and used_s >= 0 as counts
  from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
  where unlisted($not_agent, agent)
),
figures as (
  select agent_key, count(*) as tokens,
    count(*) filter (where ended_at <= least($until, $now)) as ended,
    count(*) filter (where ended_at is null) as never_end,
    median(ttl_s) as ttl_p50_s, quantile_cont(used_s, [0.5, 0.99]) as used,
    count(*) filter (where counts) as n, max(used_s) filter (where counts) as longest,
    quantile_cont(used_s, 0.99) filter (where counts) as p99,
    -- Where the last third of the ended tokens begins.
    quantile_disc(issued_at, 2.0 / 3) filter (where counts) as third_at,
    count(*) filter (where used_after_end > 0) as used_after_end,
    count(*) filter (where task_overhang_s > 5) as outlived_session
  from alive
  group by agent_key
),
advised as (
  select a.environment, a.agent, f.* exclude (used), used[1] as used_p50_s, used[2] as used_p99_s,
    suggested_ttl(n, longest, p99, ttl_p50_s) as suggested_ttl_s,
    concat_ws(chr(31), a.environment, a.agent) as cursor
  from figures f
  join agents a using (agent_key)
),
renewed as (
  select a.agent_key, count(*) filter (where a.used_s > f.suggested_ttl_s)::double / count(*)
      as renewals
  from alive a
  join advised f using (agent_key)
  where a.counts and a.issued_at > f.third_at and f.suggested_ttl_s is not null
  group by a.agent_key
)
select a.agent, a.environment, a.tokens, a.ended, a.never_end, a.ttl_p50_s, a.used_p50_s,
  a.used_p99_s, a.suggested_ttl_s, r.renewals, a.used_after_end, a.outlived_session, a.cursor
from advised a
left join renewed r using (agent_key)
where $after is null or a.cursor > $after
order by a.cursor
limit $limit;
