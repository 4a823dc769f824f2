-- Agents of which each holds 40 permissions, used at random in 1 of 299 sessions each: what joint_risks_of reads.
-- Deterministic: the numbers come from a hash.

create or replace temp table simulated_units as
select
  a.agent_key::uinteger as agent_key,
  (a.agent_key * 1000 + s.turn)::ubigint as session_key,
  (a.agent_key * 1000 + s.turn)::varchar as unit,
  null::varchar as goal,
  timestamp '2026-08-01' + to_hours(s.turn::integer) as acted_at,
  s.turn,
  s.turn > 200 as late,
  s.turn > 200 as late_unit,
  1.0 as weight
from range(1, 2001) as a (agent_key), range(1, 301) as s (turn);

create or replace temp table simulated_held as
select a.agent_key::uinteger as agent_key, 'tool:t' || p.n as permission, '*' as resource_pattern,
  timestamp '2026-07-01' as held_since
from range(1, 2001) as a (agent_key), range(0, 40) as p (n);

create or replace temp table simulated_uses as
select u.agent_key, u.session_key, u.unit, u.goal, u.late, 'tool:t' || p.n as permission,
  '' as resource_type, '' as resource_id
from simulated_units as u, range(0, 40) as p (n)
where hash(u.session_key, p.n) % 299 = 0;
