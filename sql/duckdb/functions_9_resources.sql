-- Temporary resources of all sessions: what became of each.

-- grain: one row per environment, agent, session and resource that it made in [first, as_of), with the last try of
-- anybody's to remove it by then; state: removed; expired; held: the session goes on; left: nothing removed it
create or replace macro resources_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select * from resource_spans
    where workspace = ws and event = 'made' and not failed and started_at >= first_at and started_at < as_of
  ),
  -- Few traces make any: all others are passed over.
  parts as (
    select distinct p.environment, p.agent, p.session, p.trace_id
    from session_parts p
    semi join told using (workspace, trace_id)
    semi join agents_of(ws, env, wanted) a on a.environment = p.environment and a.agent = p.agent
  ),
  made as (
    select p.environment, p.agent, p.session, r.resource_type, r.resource_id,
      min(r.started_at) as made_at, max(r.expires_at) as expires_at
    from told r
    join parts p using (trace_id)
    group by all
  ),
  -- Another run may have removed it: crash recovery, or a sweep.
  tries as (
    select m.environment, m.agent, m.session, m.resource_type, m.resource_id,
      max(r.started_at) as cleaned_at, arg_max(r.outcome, (r.started_at, r.span_id)) as outcome
    from made m
    join resource_spans r on r.resource_type = m.resource_type and r.resource_id = m.resource_id
    where r.workspace = ws and r.event = 'cleanup' and r.started_at >= m.made_at
      and r.started_at < as_of
    group by all
  ),
  bounds as (
    select s.environment, s.agent, s.session, s.ended_at, s.open
    from session_rows_of(ws, env, wanted, null, timestamp '1970-01-01', timestamp '9999-01-01', as_of) s
    semi join made m on m.environment = s.environment and m.agent = s.agent and m.session = s.session
  )
  select m.*, t.cleaned_at, t.outcome, b.ended_at,
    case
      when t.outcome in ('deleted', 'already_absent') then 'removed'
      when m.expires_at <= as_of then 'expired'
      when t.outcome is null and coalesce(b.open, false) then 'held'
      else 'left'
    end as state
  from made m
  left join tries t using (environment, agent, session, resource_type, resource_id)
  left join bounds b using (environment, agent, session);
