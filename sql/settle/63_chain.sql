-- question: Which agents stand above the one that acted?
-- grain: one row per part and agent above it, with the part that the use counts for there
-- Told by `agent_parent`, by a decision's or a token's chain of actors, or by whose span stands around another agent's.

create or replace temp table settling_above as
with recursive edges as (
  select s.trace, n.environment, n.agent, s.agent_parent as above
  from settling_spans as s
  inner join settling_named as n on n.part = s.part
  where s.agent_parent is not null
  union
  select d.trace, n.environment, n.agent, split_part(d.actor, 'agent:', 2)
  from (
    select trace, part, unnest(delegation_chain) as actor
    from settling_decisions
    where delegation_chain is not null
    union
    select s.trace, s.part, unnest(c.delegation_chain)
    from settling_spans as s
    inner join settling_traces as t on t.trace = s.trace
    inner join credential_spans as c
      on c.workspace = t.workspace and c.trace_id = t.trace_id and c.span_id = s.span_id
    where s.fingerprint is not null and c.delegation_chain is not null
      and c.started_at between getvariable('settling_from') and getvariable('settling_to')
  ) as d
  inner join settling_named as n on n.part = d.part
  where starts_with(d.actor, 'agent:')
  union
  select m.trace, m.environment, m.agent, above.agent
  from settling_mixed as m
  inner join settling_mixed as above
    on above.trace = m.trace and above.span_id = m.parent_span_id
),
climbs as (
  select trace, environment, agent, above, 1 as steps
  from edges
  where above <> agent and above <> ''
  union
  select c.trace, c.environment, c.agent, e.above, c.steps + 1
  from climbs as c
  inner join edges as e
    on e.trace = c.trace and e.environment = c.environment and e.agent = c.above
  where c.steps < 8 and e.above not in (e.agent, c.agent, '')
),
ancestors as (
  select distinct trace, environment, agent, above from climbs
)
select
  acted.part,
  acted.workspace,
  acted.environment,
  acted.trace_id,
  a.above as agent,
  coalesce(held.session, acted.session) as session,
  session_key_of(agent_hash_of(acted.workspace, acted.environment, a.above),
    coalesce(held.session, acted.session)) as session_key,
  acted.agent as used_via
from ancestors as a
inner join settling_named as acted
  on acted.trace = a.trace and acted.environment = a.environment and acted.agent = a.agent
left join settling_named as held
  on held.trace = a.trace and held.environment = a.environment and held.agent = a.above
qualify row_number() over (
  partition by acted.part, a.above
  order by held.session is distinct from acted.session, held.session
) = 1;
