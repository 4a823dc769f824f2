-- question: Under which permissions does an action count?
-- grain: one row per action and permission
-- A tool has the name under which it was offered; what was told or decided beside it counts too, unless that is
-- only the MCP server's name of the same tool, and nothing grants that name. With nothing offered and nothing told, the outermost span names it.

create or replace temp table settling_names as
with paired as (
  select p.trace, p.head, d.permission
  from settling_pairs as p
  inner join settling_decisions as d on d.trace = p.trace and d.span_id = p.decision_span
  where d.permission is not null
),
odd_acts as (
  select trace, head from settling_outcomes where odd
  union
  select p.trace, p.head
  from paired as p
  inner join settling_outcomes as o on o.trace = p.trace and o.head = p.head
  where p.permission is distinct from o.permission
),
members as (
  select a.trace, a.head, a.depth, a.span_id, a.tool, a.permission
  from settling_actions as a
  inner join odd_acts as o on o.trace = a.trace and o.head = a.head
),
lists as (
  select distinct trace, surface_hash
  from settling_spans
  where surface_hash is not null and fact <> 'surface'
    and trace in (select trace from odd_acts)
),
offered as (
  select distinct m.trace, m.head, m.tool
  from members as m
  inner join lists as l on l.trace = m.trace
  inner join settling_traces as t on t.trace = m.trace
  inner join surfaces as s
    on s.workspace = t.workspace and s.surface_hash = l.surface_hash
    and s.permission = 'tool:' || m.tool
),
told as (
  select trace, head, permission from members where permission is distinct from 'tool:' || tool
  union
  select p.trace, p.head, p.permission
  from paired as p
  inner join odd_acts as o on o.trace = p.trace and o.head = p.head
),
aliases as (
  select distinct t.trace, t.head, t.permission
  from told as t
  inner join offered as o on o.trace = t.trace and o.head = t.head
  inner join settling_traces as r on r.trace = t.trace
  anti join surfaces as s on s.workspace = r.workspace and s.permission = t.permission
  where (t.permission like 'mcp.%' or t.permission like 'tool:%')
    and ends_with(o.tool, split_part(t.permission, ':', -1))
),
chosen as (
  select trace, head, 'tool:' || tool as permission from offered
  union
  select t.trace, t.head, t.permission
  from told as t
  left join aliases as a
    on a.trace = t.trace and a.head = t.head and a.permission = t.permission
  where t.permission is not null and a.head is null
)
select trace, head, permission from chosen
union all
(
  select m.trace, m.head, m.permission
  from members as m
  left join chosen as c on c.trace = m.trace and c.head = m.head
  where c.head is null and m.permission is not null
  qualify row_number() over (partition by m.trace, m.head order by m.depth, m.span_id) = 1
)
union all
select o.trace, o.head, o.permission
from settling_outcomes as o
left join odd_acts as odd on odd.trace = o.trace and odd.head = o.head
where odd.head is null and o.permission is not null;
