-- question: Which tokens were revoked in another trace than the one that got them?
-- grain: one row per token of the round (settling_revoked); adds traces to settle_next

create or replace temp table settling_revoked as
with tokens as (
  select distinct t.workspace, c.fingerprint
  from settling_credentials as c
  inner join settling_traces as t on t.trace = c.trace
)
select e.workspace, e.fingerprint, min(e.revoked_at) as revoked_at
from token_events as e
inner join tokens as t on t.workspace = e.workspace and t.fingerprint = e.fingerprint
where e.event = 'revoked'
group by e.workspace, e.fingerprint;

-- The grant that ends with a token stands in the trace of its issue, which settles again.
insert into settle_next
select distinct g.workspace, g.trace_id
from grants as g
inner join settling_revoked as r on r.workspace = g.workspace and r.fingerprint = g.source_ref
left join settling_traces as t on t.workspace = g.workspace and t.trace_id = g.trace_id
where g.kind = 'token' and t.trace is null
  and (g.ended_at is null or g.ended_at > r.revoked_at);
