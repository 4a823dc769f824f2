-- question: Which tokens did a session hold on to, unused, through much of its time?
-- grain: one row per token idle for a quarter of the session or more, the longest idle first
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: limit integer     rows at most
-- column: fingerprint text       what it is seen by
-- column: idle_s double          seconds of the session that it was alive behind its last use in it, else its issue
-- column: share double           of the session's length
-- column: last_used_s double?    from the session's start to that last use; null: never used in it
-- column: outlived_s double?     alive after the session's end, at least 0; null where it never ends
with bounds as (
  from bounds_of($workspace, $environment, $agent, $session)
),
seen as (
  select fingerprint, max(last_used_at) filter (where event = 'used' and uses > 0) as last_used_at
  from token_events
  where workspace = $workspace and environment = $environment and agent = $agent
    and session = $session
  group by fingerprint
),
lives as (
  select fingerprint, min(issued_at) as issued_at,
    least(min(expires_at), min(revoked_at)) as ended_at
  from token_events
  where workspace = $workspace and environment = $environment and agent = $agent
    and fingerprint in (select fingerprint from seen)
  group by fingerprint
),
idle as (
  select s.fingerprint, b.started_at, b.ended_at, s.last_used_at, l.ended_at as token_ended_at,
    seconds_between(greatest(b.started_at, coalesce(s.last_used_at, l.issued_at)),
      least(b.ended_at, l.ended_at)) as idle_s,
    seconds_between(b.started_at, b.ended_at) as length_s
  from seen s
  join lives l using (fingerprint), bounds b
)
select fingerprint, idle_s, idle_s / length_s as share,
  -- greatest() passes over null, which here says that it was never used.
  case when last_used_at is not null then greatest(0, seconds_between(started_at, last_used_at)) end
    as last_used_s,
  case when token_ended_at is not null then greatest(0, seconds_between(ended_at, token_ended_at))
    end as outlived_s
from idle
where idle_s > 0 and idle_s >= 0.25 * length_s
order by idle_s desc, fingerprint
limit $limit;
