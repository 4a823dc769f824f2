-- question: Which surfaces did an agent hold, from when to when?
-- grain: one row of grants per trace, agent, session and surface held

create or replace temp table settling_surfaces as
select
  p.part, p.trace, p.span_id, s.started_at, s.kind, s.source,
  coalesce(s.source_ref, '') as source_ref, s.surface_hash, s.part as piece, s.parts as pieces
from settling_spans as p
inner join settling_traces as t on t.trace = p.trace
inner join surface_spans as s
  on s.workspace = t.workspace and s.trace_id = t.trace_id and s.span_id = p.span_id
where p.surface_hash is not null
  and s.started_at between getvariable('settling_from') and getvariable('settling_to');

create or replace temp table settling_grants as
with lists as (
  select distinct part, kind, source, source_ref, surface_hash
  from settling_surfaces
  where kind = 'tool_list'
),
tokens as (
  select
    s.part, s.kind, s.source, s.source_ref, s.surface_hash,
    min(coalesce(c.issued_at, s.started_at)) as granted_at,
    max(c.expires_at) as expires_at
  from settling_surfaces as s
  left join settling_credentials as c on c.trace = s.trace and c.span_id = s.span_id
  where s.kind = 'token'
  group by s.part, s.kind, s.source, s.source_ref, s.surface_hash
),
-- The n-th sending of each piece makes the n-th snapshot.
pieces as (
  select *, row_number() over (
    partition by part, source, source_ref, pieces, piece order by started_at, span_id
  ) as snapshot
  from settling_surfaces
  where kind = 'snapshot'
),
-- One that lacks a piece says nothing, since what is missing from it would look withdrawn.
snapshots as (
  select part, source, source_ref, pieces, snapshot, min(started_at) as granted_at
  from pieces
  group by part, source, source_ref, pieces, snapshot
  having count(*) = pieces
),
held as (
  select l.part, l.kind, l.source, l.source_ref, l.surface_hash,
    t.started_at as granted_at, t.last_span_at as ended_at
  from lists as l
  inner join settling_totals as t on t.part = l.part
  union all
  select t.part, t.kind, t.source, t.source_ref, t.surface_hash,
    t.granted_at, least(t.expires_at, r.revoked_at)
  from tokens as t
  inner join settling_named as n on n.part = t.part
  left join settling_revoked as r on r.workspace = n.workspace and r.fingerprint = t.source_ref
  union all
  select distinct s.part, p.kind, s.source, s.source_ref, p.surface_hash, s.granted_at, null
  from snapshots as s
  inner join pieces as p
    on p.part = s.part and p.source = s.source and p.source_ref = s.source_ref
    and p.pieces = s.pieces and p.snapshot = s.snapshot
)
select
  n.workspace, n.environment, n.agent, n.session, n.trace_id,
  h.kind, h.source, h.source_ref, h.surface_hash, h.granted_at, h.ended_at,
  n.agent_hash, n.session_key
from held as h
inner join settling_named as n on n.part = h.part;

insert into grants select * from settling_grants;
