-- report: Whether approvals are read
-- question: How are the approvals of each tier answered, and do the answers look read?
-- grain: one row per environment, agent and tier with approvals asked for in the window, the unread first
-- param: workspace text     the tenant
-- param: environment text?  one environment, or null for all
-- param: agent text[]?      these agents, or null for all
-- param: since timestamp    first instant counted
-- param: until timestamp    first instant not counted
-- param: limit integer      rows at most
-- column: severity text             medium where 20 answers or more hold no refusal and took less than 2 s
-- column: agent text                for whom it was asked
-- column: environment text          where
-- column: tier text                 who has to answer; unknown where none is told
-- column: asked integer             approvals asked for
-- column: approved integer          of them given, changed or not
-- column: denied integer            of them refused
-- column: abandoned integer         of them expired or cancelled
-- column: unanswered integer        of them still open, or without any answer seen
-- column: reject_rate double?       refused of answered
-- column: answer_p50_s double?      median time to an answer
-- column: answer_p90_s double?      90th percentile of it
-- column: last_asked_at timestamp   the last in the window
-- column: last_session text         in which that was
-- severity: severity
-- chart: shares agent denied asked
-- window: 30 days
-- schedule: 0 7 * * 1
with rated as (
  select *, case when approvals_unread(answered, denied, answer_p50_s) then 'medium'
      when answered >= answers_least() and denied = 0 then 'low' else 'info' end as severity
  from approvals_of($workspace, $environment, $agent, $since, $until)
)
select severity, agent, environment, tier, asked, approved, denied, abandoned, unanswered,
  denied::double / nullif(answered, 0) as reject_rate, answer_p50_s, answer_p90_s, last_asked_at,
  last_session
from rated
order by severity_rank(severity), asked desc, environment, agent, tier
limit $limit;
