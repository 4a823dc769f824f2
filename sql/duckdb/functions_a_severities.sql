-- How bad a finding is, and how it is told: the same in every report.

-- "3 of 8".
create or replace macro out_of(n, total) as format('{} of {}', n, total);

-- A time as people say it.
create or replace macro span_told(seconds) as
  case when seconds < 120 then format('{:.0f} s', seconds)
    when seconds < 7200 then format('{:.0f} min', seconds / 60)
    when seconds < 172800 then format('{:.0f} h', seconds / 3600)
    else format('{:.0f} days', seconds / 86400) end;

-- Of a permission that is held and should not be.
create or replace macro severity_of_weight(weight) as
  case when weight >= 10 then 'high' when weight >= 3 then 'medium' else 'low' end;

-- The worst first.
create or replace macro severity_rank(severity) as
  case severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end;

-- grain: one row per permission that a decision or a surface names, with its weight; `write` where nothing tells
create or replace macro weights_of(ws) as table
  select permission, any_value(risk) as risk, weight_of(any_value(risk)) as weight
  from risks_of(ws)
  group by permission;

-- An answer to "may I?" that took this long or less, without one refusal, was not read.
create or replace macro unread_s() as 2;

-- Fewer answers than this say nothing of whoever answers.
create or replace macro answers_least() as 20;

-- grain: one row per environment, agent and tier of approvals asked for in [first, as_of)
create or replace macro approvals_of(ws, env, wanted, first_at, as_of) as table
  with asked as (
    select environment, agent, coalesce(tier, 'unknown') as tier, session, occurred_at,
      approval_outcome as outcome,
      case when approval_outcome in ('approved', 'modified', 'denied')
        then seconds_between(approval_requested_at, approval_answered_at) end as answer_s
    from decisions_of(ws, env, wanted, null, first_at, as_of)
    where effect = 'require_approval'
      -- A policy that answers in a person's place tires nobody.
      and coalesce(tier, '') not in ('auto', 'notify') and coalesce(approval_source, '') <> 'policy'
  )
  select environment, agent, tier, count(*) as asked,
    count(*) filter (where outcome in ('approved', 'modified')) as approved,
    count(*) filter (where outcome = 'denied') as denied,
    count(*) filter (where outcome in ('expired', 'cancelled')) as abandoned,
    count(*) filter (where outcome is null or outcome = 'pending') as unanswered,
    count(*) filter (where outcome in ('approved', 'modified', 'denied')) as answered,
    median(answer_s) as answer_p50_s, quantile_cont(answer_s, 0.9) as answer_p90_s,
    max(occurred_at) as last_asked_at, max_by(session, (occurred_at, session)) as last_session
  from asked
  group by environment, agent, tier;

create or replace macro approvals_unread(answered, denied, answer_p50_s) as
  answered >= answers_least() and denied = 0 and answer_p50_s < unread_s();
