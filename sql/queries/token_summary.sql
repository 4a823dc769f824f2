-- question: How many tokens lived in the window, how long, and how many are a worry?
-- grain: one row
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- param: agent text[]?      these agents
-- param: not_agent text[]?  all but these agents
-- column: tokens integer            that lived in the window
-- column: used_after_end integer    used after their end
-- column: never_end integer         without an end
-- column: outlived_session integer  that outlived their session
-- column: never_used integer        without a use
-- column: revoked integer           taken back
-- column: life_p50_s double?        median of issue to end
-- column: used_p50_s double?        median of issue to last use
with alive as (
  select * from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
  where unlisted($not_agent, agent)
)
select count(*) as tokens, count(*) filter (where used_after_end > 0) as used_after_end,
  count(*) filter (where ended_at is null) as never_end,
  count(*) filter (where task_overhang_s > 5) as outlived_session,
  count(*) filter (where coalesce(uses, 0) = 0) as never_used,
  count(*) filter (where revoked_at is not null) as revoked,
  median(life_s) as life_p50_s, median(used_s) as used_p50_s
from alive;
