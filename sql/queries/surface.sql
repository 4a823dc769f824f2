-- question: What does each agent hold, what of it was used, and what does the evidence say?
-- grain: one row per agent, permission and resource pattern
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: since timestamp        first instant counted
-- param: until timestamp        first instant not counted
-- param: now timestamp          nothing after it is known
-- param: agent text[]?          these agents
-- param: not_agent text[]?      all but these agents
-- param: permission text[]?     these permissions
-- param: not_permission text[]? all but these permissions
-- param: verdict text[]?        these verdicts
-- param: not_verdict text[]?    all but these verdicts
-- param: risk text[]?           these risks
-- param: not_risk text[]?       all but these risks
-- param: granted boolean?       held now, or not
-- param: held_from timestamp?    held since this instant or later
-- param: search text?           text in the permission or agent
-- param: matching text?         text in the permission, its verdict or its risk
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: agent text                     the agent
-- column: environment text               where it runs
-- column: permission text                as it is granted or used
-- column: resource_pattern text          what it is granted on, * for all
-- column: risk text                      its class
-- column: risk_source text               where the class is from
-- column: weight integer                 1, 3 or 10 by class
-- column: granted boolean                held at until
-- column: granted_at timestamp?          the latest grant; of what lists name again and again the first unbroken
-- column: held_since timestamp?          start of the latest island of grants
-- column: uses integer                   in the window
-- column: sessions_with_use integer      in the window
-- column: sessions_granted integer       of the window that held it
-- column: opportunities integer          of them those that count, n
-- column: attested_sessions integer      with use in the window, that count as evidence
-- column: history_sessions integer       the same in 400 days
-- column: unattested_use boolean         in 400 days, by a sender who may not speak for the agent
-- column: swept_sessions integer         with use in 400 days, that wait for a review
-- column: sweep_session text?            the last of them
-- column: hidden_uses integer            in the window, told by a server alone
-- column: hidden_allows integer          in the window, told by an engine's log alone, with no action after
-- column: hidden_use boolean             seen elsewhere and not at its agent
-- column: used_via text[]                sub-agents that used it for the agent
-- column: uses_not_granted integer       of the uses, those that no grant covered
-- column: denials integer                in the window
-- column: first_used_at timestamp?       in 400 days
-- column: last_used_at timestamp?        in 400 days
-- column: last_denied_at timestamp?      in 400 days
-- column: verdict text                   the first rule that fits
-- column: verdict_reason text            the rule with its numbers
-- column: held_days integer?             whole days that its age is counted for
-- column: days_needed integer            before it is judged, by its class
-- column: restored_at timestamp?         taken back and restored: its age counts from then
-- column: restarted_at timestamp?        sessions before it are no opportunities
-- column: restarted_by text?             what was new then
-- column: agent_version text?            told last
-- column: agent_version_since timestamp? first told then
-- column: idle_days double?              since the last use
-- column: days_with_use integer          in 400 days, where that decides
-- column: longest_gap_days integer       between two of them
-- column: blind_reason text?             why telemetry could not have seen a use
-- column: exempt_until timestamp?        not judged before, by a ruling
-- column: exempt_by text?                who answers for that
-- column: exempt_reason text?            and why
-- column: quarantined_uses integer       in the window, which count as no use
-- column: verdict_with_quarantined text? what the verdict would be if they counted; null where there are none
-- column: absence_bound double?          share of coming sessions that needs it, at most
-- column: threshold double               the bound at which it counts as unused
-- column: evidence struct                how far the evidence has come
-- column: granted_by text[]              sources that grant it
-- column: source_ref text[]              their own names for it
-- column: cursor text                    where the next page starts
with judged as (
  select *, concat_ws(chr(31), environment, agent, permission, resource_pattern) as cursor
  from judged_of($workspace, $environment, $agent, $since, least($until, $now))
  where unlisted($not_agent, agent)
    and listed($permission, permission) and unlisted($not_permission, permission)
    and listed($verdict, verdict_of(rule)) and unlisted($not_verdict, verdict_of(rule))
    and listed($risk, risk) and unlisted($not_risk, risk)
    and ($granted is null or held_now = $granted)
    and ($held_from is null or held_since >= $held_from)
    and (occurs($search, permission) or occurs($search, agent))
    and occurs($matching, concat_ws(' ', permission, verdict_of(rule), risk))
),
-- Reasons are written for the rows of the page alone.
paged as materialized (
  select * from judged where $after is null or cursor > $after order by cursor limit $limit
)
select * from surface_told($workspace, $environment, $agent, $since, least($until, $now), 'paged')
order by cursor;
