-- The risk of taking away what the data itself chose, and how complete the picture of an agent is.

-- At most this many are to be expected where x were seen, with 95 % confidence: the upper bound of a Poisson mean
-- (half the 95 % quantile of chi-squared with 2(x + 1) degrees of freedom), beyond 10 by Wilson and Hilferty's
-- approximation, which is too low by 0.03 % at most there and raised by as much.
create or replace macro poisson_bound(x) as
  case when x <= 10 then
    ([2.9957, 4.7439, 6.2958, 7.7537, 9.1535, 10.5130, 11.8424, 13.1481, 14.4346, 15.7052, 16.9622])[x + 1]
  else 1.0003 * (x + 1) * pow(1 - 1 / (9.0 * (x + 1)) + 1.644854 / (3 * sqrt(x + 1)), 3) end;

-- x of n opportunities: at most this share of coming ones, with 95 % confidence.
create or replace macro share_bound(x, n) as
  case when n < 1 then 1.0 when x = 0 then absence_bound(n) else least(1.0, poisson_bound(x) / n) end;

-- grain: one row per agent and session that began in [first, as_of) and may speak for it; unit: the task that it
-- tries, else itself; late: it began in the last third of the units, late_unit: its unit did; weight: what the unit
-- counts, since a day counts at most twice the median of the agent's active days
create or replace macro units_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select s.agent_key, s.session_key, s.goal, s.acted_at, s.started_at,
      coalesce('task ' || s.task_id, s.session_key::varchar) as unit
    from sessions s
    semi join agents_of(ws, env, wanted) using (agent_key)
    where s.started_at >= first_at and s.started_at < as_of and s.attested
  ),
  begun as (
    select agent_key, unit, min(started_at) as begun_at from told group by agent_key, unit
  ),
  ranked as (
    select *, row_number() over (partition by agent_key order by begun_at, unit) as turn,
      count(*) over (partition by agent_key) as units
    from begun
  ),
  days as (
    select agent_key, date_trunc('day', begun_at) as day, count(*) as n from ranked group by all
  ),
  middles as (
    select agent_key, median(n) as middle from days group by agent_key
  ),
  thirds as (
    select agent_key, min(begun_at) as late_at from ranked where turn > units - units // 3
    group by agent_key
  )
  select t.agent_key, t.session_key, t.unit, t.goal, t.acted_at, r.turn,
    coalesce(t.started_at >= h.late_at, false) as late, r.turn > r.units - r.units // 3 as late_unit,
    least(1, 2 * m.middle / d.n) as weight
  from told t
  join ranked r using (agent_key, unit)
  join days d on d.agent_key = t.agent_key and d.day = date_trunc('day', r.begun_at)
  join middles m on m.agent_key = t.agent_key
  left join thirds h on h.agent_key = t.agent_key;

-- grain: one row per agent, session, permission and resource with a use in [first, as_of); `units` names what
-- units_of answered, `held` rows with agent_key, permission, resource_pattern; the resource is '' where no grant
-- asks for it
create or replace macro unit_uses_of(ws, env, wanted, first_at, as_of, units, held) as table
  with narrow as materialized (
    select distinct u.agent_key, p.permission_key, p.permission
    from (select distinct agent_key, permission_key from use_days where uses > 0
      union select agent_key, permission_key from session_uses where days > 1 and uses > 0) u
    join permissions p using (permission_key)
    join query_table(held) h on h.agent_key = u.agent_key and covers(h.permission, p.permission)
    where h.resource_pattern <> '*'
  ),
  plain as (
    select distinct agent_key, session_key, permission_key
    from session_uses
    anti join narrow using (agent_key, permission_key)
    where uses > 0 and last_used_at >= first_at and first_used_at < as_of
  )
  select u.agent_key, u.session_key, u.unit, u.goal, u.late, p.permission,
    '' as resource_type, '' as resource_id
  from plain t
  join query_table(units) u using (agent_key, session_key)
  join permissions p using (permission_key)
  union all
  select distinct u.agent_key, u.session_key, u.unit, u.goal, u.late, n.permission,
    t.resource_type, t.resource_id
  from countable_uses() t
  join agents_of(ws, env, wanted) a on a.environment = t.environment and a.agent = t.agent
  join narrow n on n.agent_key = a.agent_key and n.permission = t.permission
  join query_table(units) u on u.agent_key = a.agent_key and u.session_key = t.session_key
  where t.workspace = ws and t.uses > 0 and t.last_used_at >= first_at and t.first_used_at < as_of;

-- grain: one row per permission and resource pattern of `held` that is held from the window's first session on: only
-- what all sessions could have used is tested by the last third of them
create or replace macro standing_of(units, held) as table
  -- A list of tools is offered within the first session.
  with begun as (
    select agent_key, max(acted_at) as first_acted_at from query_table(units) where turn = 1
    group by agent_key
  )
  select h.agent_key, h.permission, h.resource_pattern
  from query_table(held) h
  join begun b on b.agent_key = h.agent_key and h.held_since <= b.first_acted_at;

-- grain: one row per agent with sessions in the window. The permissions held from its first session on and unused
-- in the first two thirds are a choice made without the last third, which then tests it: any subset is covered.
-- n: opportunities; late_n: of the last third; late_uses: of them those that use any of the choice;
-- joint_risk: at most this share of coming ones would miss some of it, with 95 % confidence;
-- completeness: share of coming opportunities that use nothing new (Good's estimate), null below 59
create or replace macro joint_risks_of(units, unit_uses, held) as table
  with sums as (
    select agent_key, floor(sum(weight) + 1e-9)::bigint as n,
      floor(coalesce(sum(weight) filter (where late_unit), 0) + 1e-9)::bigint as late_n
    from (select distinct agent_key, unit, weight, late_unit from query_table(units))
    group by agent_key
  ),
  standing as (
    select * from standing_of(units, held)
  ),
  objects as (
    select agent_key, permission, resource_type, resource_id, bool_or(not late) as early
    from query_table(unit_uses) group by all
  ),
  covered as (
    select s.agent_key, s.permission as granted, s.resource_pattern, o.permission, o.resource_type,
      o.resource_id, o.early
    from standing s
    join objects o on o.agent_key = s.agent_key and o.permission = s.permission
      and covers_resource(s.resource_pattern, o.resource_type, o.resource_id)
    union all
    select s.agent_key, s.permission, s.resource_pattern, o.permission, o.resource_type,
      o.resource_id, o.early
    from standing s
    join objects o on o.agent_key = s.agent_key and covers(s.permission, o.permission)
      and covers_resource(s.resource_pattern, o.resource_type, o.resource_id)
    where contains(s.permission, '*') and o.permission <> s.permission
  ),
  chosen as (
    select *, bool_or(early) over (partition by agent_key, granted, resource_pattern) as known
    from covered
  ),
  misses as (
    select u.agent_key, count(distinct u.unit) as late_uses
    from query_table(unit_uses) u
    semi join (select * from chosen where not known) c using (agent_key, permission, resource_type, resource_id)
    where u.late
    group by u.agent_key
  ),
  once as (
    select agent_key, count(*) as used_once
    from (select agent_key, permission from query_table(unit_uses)
      group by agent_key, permission having count(distinct unit) = 1)
    group by agent_key
  )
  select s.agent_key, s.n, s.late_n, coalesce(m.late_uses, 0) as late_uses,
    share_bound(coalesce(m.late_uses, 0), s.late_n) as joint_risk,
    case when s.n >= 59 then greatest(0, 1 - coalesce(o.used_once, 0) / s.n) end as completeness
  from sums s
  left join misses m using (agent_key)
  left join once o using (agent_key);
