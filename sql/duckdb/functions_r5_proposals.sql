-- All that is proposed now, with every number behind it.

-- The name of a proposal: the same for as long as what it is about is the same.
create or replace macro recommendation_id_of(ws, kind, env, who, permission, resource_pattern, subject) as
  substr(md5(concat_ws(chr(31), ws, kind, env, who, permission, resource_pattern, subject)), 1, 16);

create or replace macro seconds_text(s) as
  case when s >= 172800 then format('{:.1f} days', s / 86400) when s >= 7200 then format('{:.1f} h', s / 3600)
    when s >= 120 then format('{:.0f} min', s / 60) else format('{:.0f} s', s) end;

-- grain: one row per agent that is wanted, or that holds by a source's own name by which a wanted one holds too:
-- what is proposed of the one depends on what the others use
create or replace macro circle_of(ws, env, wanted) as table
  with named as (
    select distinct a.environment, a.agent, s.source_ref, listed(wanted, a.agent) as asked
    from grant_spells s
    join agents_of(ws, env, null) a using (agent_key)
    where wanted is not null and s.source_ref <> ''
  )
  select agent from agents_of(ws, env, wanted)
  union
  select n.agent from named n
  semi join (select * from named where asked) m using (environment, source_ref);

-- grain: one row per proposal on a permission held; `judged` and the others name rows of those macros
create or replace macro proposals_on_permissions_of(ws, env, wanted, first_at, as_of, judged, units, unit_uses,
    totals, risks) as table
  select * from cuts_of(ws, env, wanted, first_at, as_of, judged, units, risks)
  union all by name
  select * from narrowed_permissions_of(ws, env, judged, unit_uses, totals, risks)
  union all by name
  select * from narrowed_resources_of(ws, env, as_of, judged, risks)
  union all by name
  select * from goals_of(ws, env, judged, units, unit_uses)
  union all by name
  select agent_key, permission, resource_pattern, kind, proposed, n as answers, evidence
  from needless_questions_of(ws, env, first_at, as_of, judged);

-- grain: one row per proposal on an agent's tokens, its identity or what it left behind
create or replace macro proposals_on_agents_of(ws, env, wanted, first_at, as_of) as table
  with lives as materialized (
    select * from token_lives_of(ws, env, wanted, first_at, as_of)
  )
  select *, case when proposed_s is not null then [seconds_text(proposed_s)] else [] end as proposed
  from token_proposals_of('lives')
  union all by name
  select *, [] as proposed from borrowed_names_of(ws, env, wanted, first_at, as_of)
  union all by name
  select * from cleanups_of(ws, env, wanted, first_at, as_of);

-- grain: one row per proposal, with what judged_of says of its permission
create or replace macro proposals_told_of(ws, judged, on_permissions, on_agents) as table
  select recommendation_id_of(ws, p.kind, j.environment, j.agent, p.permission, p.resource_pattern, '')
      as recommendation_id,
    p.kind, j.environment, j.agent, p.permission, p.resource_pattern, '' as subject, p.proposed,
    j.risk, weight_of(j.risk) as weight, verdict_of(j.rule) as verdict, j.rule, j.n, j.bound, j.threshold,
    coalesce(j.uses, 0) as uses, coalesce(j.sessions_with_use, 0) as sessions_with_use,
    coalesce(j.history_sessions, 0) as history_sessions, j.sessions_granted,
    j.held_since, j.held_days, j.first_used_at, j.last_used_at, j.granted_by, j.source_ref, j.idle_days,
    j.days_needed, j.sessions_needed, len(j.use_days) as days_used, j.ended_at, j.blind_reason,
    coalesce(p.shared_with, []) as shared_with, coalesce(p.still_granted, []) as still_granted,
    p.used_once, p.elsewhere_n, p.answers, null::double as present_s, null::double as proposed_s,
    null::double as renewals, p.evidence, j.agent_key, null::timestamp as latest_at
  from query_table(on_permissions) p
  join query_table(judged) j using (agent_key, permission, resource_pattern)
  union all by name
  select recommendation_id_of(ws, p.kind, a.environment, a.agent, '', '', p.subject) as recommendation_id,
    p.kind, a.environment, a.agent, '' as permission, '' as resource_pattern, p.subject, p.proposed,
    p.n, p.present_s, p.proposed_s, p.renewals, p.evidence, p.agent_key, p.latest_at,
    [] as granted_by, [] as source_ref, [] as shared_with, [] as still_granted
  from query_table(on_agents) p
  join agents a using (agent_key);

-- grain: one row per row of `rows`, proposals with their numbers: the evidence in a sentence. It is written for the
-- rows that are shown alone.
create or replace macro proposals_said_of(rows, first_at, as_of) as table
  select * replace (coalesce(evidence, case kind
      when 'narrow_permission' then format('{} of its permissions used in {} sessions, {} of them once',
        len(proposed), sessions_with_use, used_once)
      when 'narrow_resource' then format('{} resources used in {} sessions, {} of them once',
        len(proposed), sessions_with_use, used_once)
      when 'task_scope' then format('needed for {}; 0 uses in {} sessions with other goals',
        array_to_string(proposed, ', '), elsewhere_n)
      else verdict_reason_of(rule, uses, sessions_with_use, sessions_granted, n,
        round(seconds_between(first_at, as_of) / 86400)::bigint, held_days, days_needed, sessions_needed,
        bound, blind_reason, history_sessions, idle_days, days_used, ended_at) end) as evidence)
  from query_table(rows);
