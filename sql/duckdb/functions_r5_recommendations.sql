-- All proposals together, each with every number behind it.

-- The name of a proposal: the same for as long as what it is about is the same.
create or replace macro recommendation_id_of(ws, kind, env, who, permission, resource_pattern, subject) as
  substr(md5(concat_ws(chr(31), ws, kind, env, who, permission, resource_pattern, subject)), 1, 16);

create or replace macro seconds_text(s) as
  case when s >= 172800 then format('{:.1f} days', s / 86400) when s >= 7200 then format('{:.1f} h', s / 3600)
    when s >= 120 then format('{:.0f} min', s / 60) else format('{:.0f} s', s) end;

-- What telemetry makes of the last act on a proposal: `proposed` whether it still is one, `held` whether its grant is
-- held now, `granted_again` whether by a grant that began after the act.
create or replace macro state_of(ruled, kind, proposed, held, granted_again, is_over) as
  case
    when ruled is null or (ruled = 'dismissed' and is_over and proposed) then 'open'
    when ruled = 'removed' and kind in ('remove_permission', 'narrow_permission', 'narrow_resource', 'just_in_time')
      then case when not held then 'verified' when granted_again then 'regressed' else 'removed' end
    when ruled = 'removed' and not proposed then 'verified'
    when ruled in ('accepted', 'announced', 'asked_first', 'dismissed') and not proposed
      then 'closed'
    else ruled end;

-- grain: one row per proposal, and per proposal of before on which somebody acted; those on permissions carry what
-- judged_of says of them
create or replace macro recommendations_of(ws, env, first_at, as_of) as table
  with judged as materialized (
    select * from judged_of(ws, env, null, first_at, as_of)
  ),
  held as materialized (
    select agent_key, permission, resource_pattern, held_since from judged where held_now
  ),
  units as materialized (
    select * from units_of(ws, env, null, first_at, as_of)
  ),
  unit_uses as materialized (
    select * from unit_uses_of(ws, env, null, first_at, as_of, 'units', 'held')
  ),
  risks as materialized (
    select * from joint_risks_of('units', 'unit_uses', 'held')
  ),
  totals as materialized (
    select * from use_totals_of(ws, env, null, first_at, as_of)
  ),
  lives as materialized (
    select * from token_lives_of(ws, env, first_at, as_of)
  ),
  on_permissions as (
    select * from cuts_of(ws, env, first_at, as_of, 'judged', 'risks')
    union all by name
    select * from narrowed_permissions_of('judged', 'unit_uses', 'totals', 'risks')
    union all by name
    select * from narrowed_resources_of(ws, env, as_of, 'judged', 'risks')
    union all by name
    select * from goals_of('judged', 'units', 'unit_uses')
    union all by name
    select agent_key, permission, resource_pattern, kind, proposed, n as answers, evidence
    from needless_questions_of(ws, env, first_at, as_of, 'judged')
  ),
  on_agents as (
    select *, '' as permission, '' as resource_pattern,
      case when proposed_s is not null then [seconds_text(proposed_s)] else [] end as proposed
    from token_proposals_of('lives')
    union all by name
    select *, '' as permission, '' as resource_pattern, [] as proposed
    from borrowed_names_of(ws, env, first_at, as_of)
  ),
  weights as (
    select agent_key, sum(weight_of(risk)) as granted_weight from judged where held_now group by agent_key
  ),
  pace as (
    select agent_key, count(distinct unit) / greatest(1, seconds_between(first_at, as_of) / 86400) * 30 as in_30_days
    from units group by agent_key
  ),
  told as (
    select p.kind, a.environment, a.agent, p.permission, p.resource_pattern, '' as subject, p.proposed,
      j.risk, weight_of(j.risk) as weight, verdict_of(j.rule) as verdict, j.rule, j.n, j.bound, j.threshold,
      coalesce(j.uses, 0) as uses, coalesce(j.sessions_with_use, 0) as sessions_with_use,
      coalesce(j.history_sessions, 0) as history_sessions, j.sessions_granted,
      j.held_since, j.held_days, j.first_used_at, j.last_used_at, j.granted_by, j.source_ref, j.idle_days,
      j.days_needed, j.sessions_needed, j.use_days, j.ended_at, j.blind_reason,
      coalesce(p.shared_with, []) as shared_with, coalesce(p.still_granted, []) as still_granted,
      p.used_once, p.elsewhere_n, p.answers, null::double as present_s, null::double as proposed_s,
      null::double as renewals, p.evidence, p.agent_key
    from on_permissions p
    join judged j using (agent_key, permission, resource_pattern)
    join agents a using (agent_key)
    union all by name
    select p.kind, a.environment, a.agent, p.permission, p.resource_pattern, p.subject, p.proposed,
      p.n, p.present_s, p.proposed_s, p.renewals, p.evidence, p.agent_key,
      [] as granted_by, [] as source_ref, [] as shared_with, [] as still_granted
    from on_agents p
    join agents a using (agent_key)
  ),
  proposed_now as (
    select recommendation_id_of(ws, kind, environment, agent, permission, resource_pattern, subject)
        as recommendation_id,
      t.* exclude (agent_key, evidence),
      coalesce(evidence, case kind
        when 'narrow_permission' then format('{} of its permissions used in {} sessions, {} of them once',
          len(proposed), sessions_with_use, used_once)
        when 'narrow_resource' then format('{} resources used in {} sessions, {} of them once',
          len(proposed), sessions_with_use, used_once)
        when 'task_scope' then format('needed for {}; 0 uses in {} sessions with other goals',
          array_to_string(proposed, ', '), elsewhere_n)
        else verdict_reason_of(rule, uses, sessions_with_use, sessions_granted, n,
          round(seconds_between(first_at, as_of) / 86400)::bigint, held_days, days_needed, sessions_needed,
          bound, blind_reason, history_sessions, idle_days, len(use_days), ended_at) end) as evidence,
      case when kind in ('remove_permission', 'just_in_time', 'raise_tier') then r.joint_risk end as joint_risk,
      r.late_n, r.late_uses, r.completeness,
      case when kind = 'remove_permission' then r.joint_risk * p.in_30_days end as expected_in_30_days,
      -- What another grant still gives away is not taken back.
      case when kind = 'remove_permission' and len(still_granted) = 0
        then 100.0 * weight / w.granted_weight else 0 end as index_reduction,
      case when kind in ('remove_permission', 'just_in_time') and len(still_granted) = 0
        then weight * seconds_between(greatest(held_since, first_at), as_of) else 0 end as privilege_seconds
    from told t
    left join (select * exclude (n) from risks) r on r.agent_key = t.agent_key
    left join weights w on w.agent_key = t.agent_key
    left join pace p on p.agent_key = t.agent_key
  ),
  stated as (
    select s.*, coalesce(j.held_now, false) as held, coalesce(j.granted_at > s.since, false) as granted_again,
      j.rule, j.uses, j.sessions_with_use, j.risk, j.last_used_at
    from recommendation_states s
    left join agents a using (workspace, environment, agent)
    left join judged j on j.agent_key = a.agent_key and j.permission = s.permission
      and j.resource_pattern = s.resource_pattern
    where s.workspace = ws and (env is null or s.environment = env)
  ),
  all_told as (
    select * from proposed_now
    union all by name
    select recommendation_id, kind, environment, agent, permission, resource_pattern, subject,
      coalesce(proposed, []) as proposed, risk, weight_of(risk) as weight, verdict_of(rule) as verdict, rule,
      'as it was proposed' as evidence, coalesce(uses, 0) as uses,
      coalesce(sessions_with_use, 0) as sessions_with_use, last_used_at, [] as granted_by, [] as source_ref,
      [] as shared_with, [] as still_granted, 0 as index_reduction, 0 as privilege_seconds
    from stated
    anti join proposed_now using (recommendation_id)
  )
  select t.*,
    state_of(s.state, t.kind, p.recommendation_id is not null, s.held, s.granted_again, s.due_at <= as_of)
      as state,
    s.since as state_since, s.due_at, s.reason as state_reason, s.actor as state_actor, s.digest as seen_digest,
    coalesce(s.restores, 0) as restores,
    case t.kind when 'separate_identity' then 1 when 'remove_permission' then 2 when 'narrow_permission' then 3
      when 'narrow_resource' then 4 when 'split_token' then 5 when 'shorten_ttl' then 6 when 'just_in_time' then 7
      when 'task_scope' then 8 when 'raise_tier' then 9 else 10 end as turn
  from all_told t
  left join stated s using (recommendation_id)
  left join (select recommendation_id from proposed_now) p using (recommendation_id);
