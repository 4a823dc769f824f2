-- How often is the true risk of what would be taken away above its bound: the joint one, and the one of each permission alone?

with kept as (
  select distinct agent_key, permission from simulated_uses
),
early as (
  select distinct agent_key, permission from simulated_uses where not late
),
sets as (
  select
    h.agent_key,
    count(*) filter (where e.permission is null) as chosen,
    count(*) filter (where k.permission is null) as removed
  from simulated_held as h
  left join early as e using (agent_key, permission)
  left join kept as k using (agent_key, permission)
  group by h.agent_key
)
select
  count(*) as agents,
  avg((1 - pow(1 - 1 / 299.0, s.chosen) > r.joint_risk)::integer) as joint_violated,
  avg((1 - pow(1 - 1 / 299.0, s.removed) > r.joint_risk)::integer) as removed_violated,
  avg((1 - pow(1 - 1 / 299.0, s.removed) > absence_bound(r.n))::integer) as naive_violated
from sets as s
inner join joint_risks_of('simulated_units', 'simulated_uses', 'simulated_held') as r using (agent_key);
