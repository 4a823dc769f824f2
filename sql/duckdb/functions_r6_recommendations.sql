-- Proposals with what became of them.

-- What telemetry makes of the last act on a proposal: `proposed` whether it still is one, `held` whether its grant is
-- held now, `again` whether by a grant that began after the act, or by a resource that was left behind after it.
create or replace macro state_of(ruled, kind, proposed, held, again, is_over) as
  case
    when ruled is null or (ruled = 'dismissed' and is_over and proposed) then 'open'
    when ruled = 'removed' and kind in ('remove_permission', 'narrow_permission', 'narrow_resource', 'just_in_time')
      then case when not held then 'verified' when again then 'regressed' else 'removed' end
    when ruled = 'removed' and not proposed then 'verified'
    when ruled = 'removed' and kind = 'cleanup' and again then 'regressed'
    when ruled in ('accepted', 'announced', 'asked_first', 'dismissed') and not proposed
      then 'closed'
    else ruled end;

-- grain: one row per proposal, and per proposal of before on which somebody acted; those on permissions carry what
-- judged_of says of them; among: all agents, or some with all of whose sources they hold by (circle_of).
-- proposals_said_of puts the evidence in words
create or replace macro recommendations_of(ws, env, among, first_at, as_of) as table
  with judged as materialized (
    select * from judged_of(ws, env, among, first_at, as_of)
  ),
  held as materialized (
    select agent_key, permission, resource_pattern, held_since from judged where held_now
  ),
  units as materialized (
    select * from units_of(ws, env, among, first_at, as_of)
  ),
  unit_uses as materialized (
    select * from unit_uses_of(ws, env, among, first_at, as_of, 'units', 'held')
  ),
  risks as materialized (
    select * from joint_risks_of('units', 'unit_uses', 'held')
  ),
  totals as materialized (
    select * from use_totals_of(ws, env, among, first_at, as_of)
  ),
  on_permissions as (
    select * from proposals_on_permissions_of(ws, env, among, first_at, as_of, 'judged', 'units', 'unit_uses',
      'totals', 'risks')
  ),
  on_agents as (
    select * from proposals_on_agents_of(ws, env, among, first_at, as_of)
  ),
  weights as (
    select agent_key, sum(weight_of(risk)) as granted_weight from judged where held_now group by agent_key
  ),
  pace as (
    select agent_key, count(distinct unit) / greatest(1, seconds_between(first_at, as_of) / 86400) * 30 as in_30_days
    from units group by agent_key
  ),
  proposed_now as (
    select t.*,
      case when kind in ('remove_permission', 'just_in_time', 'raise_tier') then r.joint_risk end as joint_risk,
      r.late_n, r.late_uses, r.completeness,
      case when kind = 'remove_permission' then r.joint_risk * p.in_30_days end as expected_in_30_days,
      -- What another grant still gives away is not taken back.
      case when kind = 'remove_permission' and len(still_granted) = 0
        then 100.0 * weight / w.granted_weight else 0 end as index_reduction,
      case when kind in ('remove_permission', 'just_in_time') and len(still_granted) = 0
        then weight * seconds_between(greatest(held_since, first_at), as_of) else 0 end as privilege_seconds
    from proposals_told_of(ws, 'judged', 'on_permissions', 'on_agents') t
    left join risks r using (agent_key)
    left join weights w using (agent_key)
    left join pace p using (agent_key)
  ),
  stated as (
    select s.*, coalesce(j.held_now, false) as held, coalesce(j.granted_at > s.since, false) as granted_again,
      j.rule, j.uses, j.sessions_with_use, j.risk, j.last_used_at
    from recommendation_states s
    left join agents a using (workspace, environment, agent)
    left join judged j on j.agent_key = a.agent_key and j.permission = s.permission
      and j.resource_pattern = s.resource_pattern
    where s.workspace = ws and (env is null or s.environment = env) and listed(among, s.agent)
  ),
  all_told as (
    select *, true as proposed_still from proposed_now
    union all by name
    select recommendation_id, kind, environment, agent, permission, resource_pattern, subject,
      coalesce(proposed, []) as proposed, risk, weight_of(risk) as weight, verdict_of(rule) as verdict, rule,
      'as it was proposed' as evidence, coalesce(uses, 0) as uses,
      coalesce(sessions_with_use, 0) as sessions_with_use, last_used_at, [] as granted_by, [] as source_ref,
      [] as shared_with, [] as still_granted, 0 as index_reduction, 0 as privilege_seconds,
      false as proposed_still
    from stated
    anti join proposed_now using (recommendation_id)
  )
  select t.* exclude (proposed_still),
    state_of(s.state, t.kind, t.proposed_still, s.held, coalesce(t.latest_at > s.since, s.granted_again),
      s.due_at <= as_of) as state,
    s.since as state_since, s.due_at, s.reason as state_reason, s.actor as state_actor, s.digest as seen_digest,
    coalesce(s.restores, 0) as restores,
    case t.kind when 'separate_identity' then 1 when 'remove_permission' then 2 when 'narrow_permission' then 3
      when 'narrow_resource' then 4 when 'split_token' then 5 when 'shorten_ttl' then 6 when 'just_in_time' then 7
      when 'task_scope' then 8 when 'raise_tier' then 9 when 'lower_tier' then 10 else 11 end as turn
  from all_told t
  left join stated s using (recommendation_id);

-- grain: as recommendations_of, of all agents, with the evidence in words; for reports, which may not name tables
create or replace macro recommendations_said_of(ws, env, first_at, as_of) as table
  with told as materialized (
    select * from recommendations_of(ws, env, null, first_at, as_of)
  )
  select * from proposals_said_of('told', first_at, as_of);
