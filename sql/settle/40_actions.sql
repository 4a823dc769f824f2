-- question: Which spans tell of the same action?
-- grain: one row per action span, with the outermost span of the same action as its head
-- A tool's span, the MCP client's and server's below it and our own around or inside are one use.

create or replace temp table settling_actions as
with recursive climbs as (
  -- From each action up through spans that are neither action nor agent, at most 8 of them.
  select a.trace, a.span_id, a.parent_span_id as above, 0 as steps
  from settling_placed as a
  where a.fact = 'action' and a.parent_span_id is not null
  union all
  select c.trace, c.span_id, p.parent_span_id, c.steps + 1
  from climbs as c
  inner join settling_placed as p on p.trace = c.trace and p.span_id = c.above
  where p.fact not in ('action', 'agent') and p.parent_span_id is not null and c.steps < 8
),
folds as (
  select c.trace, c.span_id, p.span_id as outer_span_id
  from climbs as c
  inner join settling_placed as p on p.trace = c.trace and p.span_id = c.above
  inner join settling_placed as a on a.trace = c.trace and a.span_id = c.span_id
  where p.fact = 'action'
    and p.part = a.part
    and (
      a.tool = p.tool
      or a.tool_call_id = p.tool_call_id
      or a.permission = p.permission
      -- Agents put the server's name before an MCP tool's.
      or (a.dialect = 'mcp' and ends_with(p.tool, a.tool))
    )
),
heads as (
  select f.trace, f.span_id, f.outer_span_id as head, 1 as depth
  from folds as f
  left join folds as further on further.trace = f.trace and further.span_id = f.outer_span_id
  where further.span_id is null
  union all
  select f.trace, f.span_id, h.head, h.depth + 1
  from heads as h
  inner join folds as f on f.trace = h.trace and f.outer_span_id = h.span_id
  where h.depth < 8
)
select coalesce(h.head, a.span_id) as head, coalesce(h.depth, 0) as depth, a.*
from settling_placed as a
left join heads as h on h.trace = a.trace and h.span_id = a.span_id
where a.fact = 'action';
