-- question: How much telemetry came, and what does it not tell?
-- grain: one row
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: now timestamp      nothing after it is known
-- column: spans integer                      settled spans of the window
-- column: duplicates integer                 spans that came again, ever
-- column: conflicts integer                  of them those that told other things than the first, ever
-- column: clock_skewed integer               of the window, counted when they came: their own time cannot be
-- column: spans_per_s double                 received in the last minute, a second
-- column: first_span_at timestamp?           of the window
-- column: last_span_at timestamp?            of the window
-- column: unsettled_traces integer           loaded and not settled
-- column: agents_without_grants integer      agents of which no source of grants is known
-- column: agents_without_decisions integer   agents that act and never tell a decision
-- column: sampled_agents integer             agents some of whose spans are not sent
with parts as (
  select * from session_parts
  where workspace = $workspace and ($environment is null or environment = $environment)
    and started_at >= $since and started_at < least($until, $now)
),
agents as (
  select environment, agent, sum(actions) as actions, sum(decisions) as decisions,
    bool_or(sampled) as sampled
  from parts
  group by environment, agent
),
granted as (
  select distinct environment, agent from grants
  where workspace = $workspace and granted_at < least($until, $now)
),
blind as (
  select count(*) filter (where g.agent is null) as agents_without_grants,
    count(*) filter (where a.actions > 0 and a.decisions = 0) as agents_without_decisions,
    count(*) filter (where a.sampled) as sampled_agents
  from agents a
  left join granted g on g.environment = a.environment and g.agent = a.agent
),
counted as (
  select coalesce(sum(spans), 0)::bigint as spans, min(started_at) as first_span_at,
    max(last_span_at) as last_span_at,
    coalesce(sum(spans) filter (where received_at > $now - interval 1 minute), 0) / 60.0
      as spans_per_s
  from parts
),
repeated as (
  select coalesce(sum(duplicates), 0)::bigint as duplicates,
    coalesce(sum(conflicts), 0)::bigint as conflicts
  from repeats
  where workspace = $workspace and ($environment is null or environment = $environment)
),
skewed as (
  select count(*) as clock_skewed
  from spans
  where told_at is not null and workspace = $workspace
    and ($environment is null or environment = $environment)
    and started_at >= $since and started_at < least($until, $now)
)
select c.spans, r.duplicates, r.conflicts, k.clock_skewed, c.spans_per_s, c.first_span_at, c.last_span_at,
  (select count(distinct trace_id) from pending_traces where workspace = $workspace)
    as unsettled_traces,
  b.agents_without_grants, b.agents_without_decisions, b.sampled_agents
from counted c, blind b, repeated r, skewed k;
