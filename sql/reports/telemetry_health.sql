-- report: What telemetry could not have seen
-- question: Of which agents does telemetry see too little to judge what they hold?
-- grain: one row per environment and agent with a session in the window, the blind first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text            high: blind; medium: nothing is known of its grants or decisions; else info
-- column: agent text               who
-- column: environment text         where
-- column: finding text             what is missing
-- column: sessions integer         of the window
-- column: decisions integer        in the window
-- column: denials integer          in the window
-- column: missing_spans integer    lost from its producers' sequences
-- column: grants_known boolean     some source tells what it holds
-- column: last_seen_at timestamp   its last span before the window's end
-- severity: severity
-- chart: bars agent missing_spans
-- window: 7 days
-- schedule: 0 7 * * *
with seen as (
  select agent_key, sum(sessions)::bigint as sessions, sum(decisions)::bigint as decisions,
    sum(denials)::bigint as denials, max(last_span_at) as last_seen_at
  from session_sums_of($workspace, $environment, $agent, $since, $until)
  where in_window
  group by agent_key
),
lost as (
  select environment, agent, sum(missing)::bigint as missing
  from gaps_of($workspace, $environment, $since, $until)
  group by environment, agent
),
known as (
  select distinct agent_key
  from spells_until($workspace, $environment, $agent, $until)
),
told as (
  select a.environment, a.agent, s.sessions, s.decisions, s.denials, s.last_seen_at,
    coalesce(l.missing, 0) as missing_spans, k.agent_key is not null as grants_known, b.blind_reason
  from seen s
  join agents_of($workspace, $environment, $agent) a using (agent_key)
  left join lost l on l.environment = a.environment and l.agent = a.agent
  left join known k on k.agent_key = s.agent_key
  left join blind_agents_of($workspace, $environment, $agent, $since, $until) b
    on b.agent_key = s.agent_key
),
rated as (
  select *, case when blind_reason is not null then 'high'
      when not grants_known or decisions = 0 then 'medium' else 'info' end as severity
  from told
)
select severity, agent, environment,
  coalesce(nullif(concat_ws('; ', blind_reason,
    case when not grants_known then 'no source tells what it holds' end,
    case when decisions = 0 then 'no decision was seen' end), ''), 'nothing is missing') as finding,
  sessions, decisions, denials, missing_spans, grants_known, last_seen_at
from rated
order by severity_rank(severity), missing_spans desc, environment, agent
limit $limit;
