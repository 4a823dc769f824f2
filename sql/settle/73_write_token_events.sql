-- question: When was each token issued, exchanged, revoked and used?
-- grain: one row of token_events per trace, agent, session, token and event

create or replace temp table settling_credentials as
select p.part, p.trace, c.*
from settling_spans as p
inner join settling_traces as t on t.trace = p.trace
inner join credential_spans as c
  on c.workspace = t.workspace and c.trace_id = t.trace_id and c.span_id = p.span_id
where p.fingerprint is not null
  and c.started_at between getvariable('settling_from') and getvariable('settling_to');

create or replace temp table settling_token_events as
with paid as (
  -- One action pays once with a token, however many of its spans say so; a refused one does not count.
  select a.part, a.fingerprint, a.trace, a.head as span_id, min(a.started_at) as used_at
  from settling_actions as a
  inner join settling_outcomes as o on o.trace = a.trace and o.head = a.head
  where a.fingerprint is not null and o.executed
  group by a.part, a.fingerprint, a.trace, a.head
  union all
  select part, fingerprint, trace, span_id, started_at
  from settling_spans
  where fingerprint is not null and fact = 'other'
),
used as (
  select
    part, fingerprint, 'used' as event, count(*) as uses, min(used_at) as first_used_at, max(used_at) as last_used_at
  from paid
  group by part, fingerprint
),
told as (
  select
    part, fingerprint, event,
    min(type) as type,
    min(issuer) as issuer,
    min(audience) as audience,
    min(coalesce(issued_at, case when event in ('issued', 'exchanged') then started_at end))
      as issued_at,
    max(expires_at) as expires_at,
    min(coalesce(revoked_at, case when event = 'revoked' then started_at end)) as revoked_at,
    min(scopes) as scopes,
    min(scopes_requested) as scopes_requested,
    min(parent_fingerprint) as parent_fingerprint
  from settling_credentials
  group by part, fingerprint, event
),
events as (
  select part, fingerprint, event from told where event <> 'used'
  union all
  select part, fingerprint, 'used' from used
)
select
  n.workspace, n.environment, n.agent, n.session, n.trace_id, e.fingerprint, e.event,
  told.type, told.issuer, told.audience, told.issued_at, told.expires_at, told.revoked_at,
  told.scopes, told.scopes_requested, told.parent_fingerprint,
  coalesce(used.uses, 0) as uses, used.first_used_at, used.last_used_at,
  token_key_of(n.agent_hash, e.fingerprint) as token_key, n.session_key
from events as e
inner join settling_named as n on n.part = e.part
left join told
  on told.part = e.part and told.fingerprint = e.fingerprint and told.event = e.event
left join used
  on used.part = e.part and used.fingerprint = e.fingerprint and used.event = e.event;

insert into token_events select * from settling_token_events;
