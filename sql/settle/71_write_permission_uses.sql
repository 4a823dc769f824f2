-- question: Which permissions did each agent use, itself or through another?
-- grain: one row of permission_uses per trace, agent, session, permission, resource and way of use

insert into permission_uses
select
  n.workspace, n.environment, n.agent, n.session, n.trace_id,
  u.permission, u.resource_type, u.resource_id, '',
  u.uses, u.undecided_uses, u.failed_uses, u.denials,
  u.first_used_at, u.last_used_at, u.first_denied_at, u.last_denied_at, u.attested,
  n.session_key, u.hidden_uses
from settling_uses as u
inner join settling_named as n on n.part = u.part
union all
select
  a.workspace, a.environment, a.agent, a.session, a.trace_id,
  u.permission, u.resource_type, u.resource_id, a.used_via,
  sum(u.uses), sum(u.undecided_uses), sum(u.failed_uses), sum(u.denials),
  min(u.first_used_at), max(u.last_used_at), min(u.first_denied_at), max(u.last_denied_at),
  bool_and(u.attested), a.session_key, sum(u.hidden_uses)
from settling_uses as u
inner join settling_above as a on a.part = u.part
group by all;
