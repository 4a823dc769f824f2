-- report: How long tokens live and how long they are used
-- question: How long do the tokens of each agent live, how long are they used, and what lifetime would do?
-- grain: one row per environment and agent with tokens in the window, the worst first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text             high: used after their end; medium: without an end, or far longer than needed
-- column: agent text                who held them
-- column: environment text          where
-- column: tokens integer            that lived in the window
-- column: never_end integer         of them without an end
-- column: used_after_end integer    of them used after their end
-- column: outlived_session integer  of them that outlived their session
-- column: never_used integer        of them never used
-- column: ttl_p50_s double?         median life given: issue to expiry, to the end where no expiry is told
-- column: used_p50_s double?        median of issue to last use
-- column: idle_tail_p50_s double?   median of last use to end
-- column: suggested_ttl_s double?   a lifetime that would do
-- severity: severity
-- chart: shares agent used_p50_s ttl_p50_s
-- window: 90 days
-- schedule: 0 7 * * 1
with figures as (
  select environment, agent, count(*) as tokens, count(*) filter (where ended_at is null) as never_end,
    count(*) filter (where used_after_end > 0) as used_after_end,
    count(*) filter (where task_overhang_s > 5) as outlived_session,
    count(*) filter (where uses is null) as never_used,
    median(ttl_s) as ttl_p50_s, median(used_s) as used_p50_s, median(idle_tail_s) as idle_tail_p50_s,
    count(*) filter (where ended_at <= $until and used_s >= 0) as n,
    max(used_s) filter (where ended_at <= $until and used_s >= 0) as longest,
    quantile_cont(used_s, 0.99) filter (where ended_at <= $until and used_s >= 0) as p99
  from tokens_of($workspace, $environment, $agent, $since, $until)
  group by environment, agent
),
advised as (
  select *, suggested_ttl(n, longest, p99, ttl_p50_s) as suggested_ttl_s from figures
),
rated as (
  select *, case when used_after_end > 0 then 'high'
      when never_end > 0 or suggested_ttl_s < 0.5 * ttl_p50_s then 'medium'
      when outlived_session > 0 then 'low' else 'info' end as severity
  from advised
)
select severity, agent, environment, tokens, never_end, used_after_end, outlived_session, never_used,
  ttl_p50_s, used_p50_s, idle_tail_p50_s, suggested_ttl_s
from rated
order by severity_rank(severity), used_after_end desc, never_end desc, environment, agent
limit $limit;
