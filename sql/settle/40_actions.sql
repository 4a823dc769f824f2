-- question: Which spans tell of the same action?
-- grain: one row per action span, with the outermost span of the same action as its head
-- A tool's span, the MCP client's and server's below it and our own around or inside are one use.

-- The next action above each action, through at most 8 spans that are neither action nor agent.
create or replace temp table settling_nested as
with recursive parents as (
  select a.trace, a.span_id, p.span_id as above, p.parent_span_id as next, p.fact
  from settling_spans as p
  inner join settling_spans as a on a.trace = p.trace and a.parent_span_id = p.span_id
  where a.fact = 'action' and p.fact <> 'agent'
),
climbs as (
  select *, 1 as steps from parents
  union all
  select c.trace, c.span_id, p.span_id, p.parent_span_id, p.fact, c.steps + 1
  from climbs as c
  inner join settling_spans as p on p.trace = c.trace and p.span_id = c.next
  where c.fact <> 'action' and p.fact <> 'agent' and c.steps < 8
)
select trace, span_id, above from climbs where fact = 'action';

create or replace temp table settling_heads as
with recursive folds as (
  select n.trace, n.span_id, n.above
  from settling_nested as n
  inner join settling_spans as a on a.trace = n.trace and a.span_id = n.span_id
  inner join settling_spans as p on p.trace = n.trace and p.span_id = n.above
  where a.fact = 'action'
    and p.fact = 'action'
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
  select f.trace, f.span_id, f.above as head, 1 as depth
  from folds as f
  anti join folds as further on further.trace = f.trace and further.span_id = f.above
  union all
  select f.trace, f.span_id, h.head, h.depth + 1
  from heads as h
  inner join folds as f on f.trace = h.trace and f.above = h.span_id
  where h.depth < 8
)
select * from heads;

create or replace temp table settling_actions as
select
  coalesce(h.head, a.span_id) as head,
  coalesce(h.depth, 0) as depth,
  a.part, a.trace, a.span_id, a.parent_span_id, a.started_at, a.ended_at, a.status_code,
  a.error_type, a.permission, a.tool, a.tool_call_id, a.required_scopes, a.resource_type,
  a.resource_id, a.denied, a.decision_id, a.fingerprint, a.attested,
  -- A span of kind SERVER (2) is the word of whoever was called.
  a.span_kind = 2 as of_server, a.service
from settling_spans as a
left join settling_heads as h on h.trace = a.trace and h.span_id = a.span_id
where a.fact = 'action';
