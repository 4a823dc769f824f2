-- question: Which temporary resources did one session make or remove, and what is left of them?
-- grain: one row per resource, the first made first
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: now timestamp     what is not removed by then and outlived the session is left
-- param: limit integer     rows at most
-- column: resource_type text      kind of resource
-- column: resource_id text        which resource
-- column: made_at timestamp?      null where this session only removed it
-- column: expires_at timestamp?   by itself
-- column: cleaned_at timestamp?   the last try to remove it
-- column: outcome text?           of that
-- column: trigger text?           what made it be removed
-- column: state text              removed; held: the session goes on; expired; left: nothing removed it
-- column: trace_id text           of the span that made it, else that removed it
-- column: span_id text            16 hex digits
with parts as (
  select trace_id from session_parts
  where workspace = $workspace and environment = $environment and agent = $agent
    and session = $session
),
bounds as (
  select ended_at, open
  from session_rows_of($workspace, $environment, [$agent], [$session], timestamp '1970-01-01',
    timestamp '9999-01-01', $now)
),
own as (
  select * from resource_spans where workspace = $workspace and trace_id in (select trace_id from parts)
),
named as (
  select resource_type, resource_id,
    min(started_at) filter (where event = 'made' and not failed) as made_at,
    max(expires_at) as expires_at,
    arg_min((trace_id, span_id), (event = 'cleanup', started_at, span_id)) as place
  from own
  group by resource_type, resource_id
),
-- Another run may have removed it: crash recovery, or a sweep.
tries as (
  select r.resource_type, r.resource_id, max(r.started_at) as cleaned_at,
    arg_max(r.outcome, (r.started_at, r.span_id)) as outcome,
    arg_max(r."trigger", (r.started_at, r.span_id)) as how
  from resource_spans r
  join named n on n.resource_type = r.resource_type and n.resource_id = r.resource_id
  where r.workspace = $workspace and r.event = 'cleanup'
    and (n.made_at is null or r.started_at >= n.made_at)
  group by r.resource_type, r.resource_id
)
select n.resource_type, n.resource_id, n.made_at, n.expires_at, t.cleaned_at, t.outcome,
  t.how as "trigger",
  case
    when t.outcome in ('deleted', 'already_absent') then 'removed'
    when n.expires_at <= $now then 'expired'
    when t.outcome is null and b.open then 'held'
    else 'left'
  end as state,
  trace_hex(n.place[1]) as trace_id, span_hex(n.place[2]) as span_id
from named n
left join tries t using (resource_type, resource_id)
cross join bounds b
-- What could not be made is nothing that is left.
where n.made_at is not null or t.cleaned_at is not null
order by coalesce(n.made_at, t.cleaned_at), n.resource_type, n.resource_id
limit $limit;
