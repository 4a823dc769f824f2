-- Since when a grant that lists name again and again has been held without a break.

-- grain: one row per permission and resource pattern of `rows` (names rows with agent_key, permission and
-- resource_pattern) that some list from outside ever held before as_of; listed_at: the last list of the source
-- that told it latest and holds it; since_at: the first of those lists that held it without one between that did not
create or replace macro continued_of(ws, env, wanted, as_of, rows) as table
  with told as (
    select s.*, list_of(s.kind, s.source_ref) as list
    from grant_spells s
    semi join agents_of(ws, env, wanted) using (agent_key)
    where not ends_itself(s.kind) and s.granted_at < as_of
  ),
  turns as (
    select *, row_number() over (partition by agent_key, kind, source, list order by granted_at) as turn
    from (select distinct agent_key, kind, source, list, granted_at from told)
  ),
  held as (
    select distinct t.agent_key, t.kind, t.source, t.list, t.granted_at, n.turn, r.permission,
      r.resource_pattern
    from told t
    join turns n using (agent_key, kind, source, list, granted_at)
    join surfaces s on s.workspace = ws and s.surface_hash = t.surface_hash
    join query_table(rows) r on r.agent_key = t.agent_key and r.permission = s.permission
      and r.resource_pattern = s.resource_pattern
  ),
  runs as (
    select *, turn - row_number() over (
      partition by agent_key, kind, source, list, permission, resource_pattern order by turn) as run
    from held
  ),
  unbroken as (
    select agent_key, permission, resource_pattern, min(granted_at) as since_at,
      max(granted_at) as listed_at
    from runs
    group by agent_key, kind, source, list, permission, resource_pattern, run
  )
  select agent_key, permission, resource_pattern, max(listed_at) as listed_at,
    arg_max(since_at, listed_at) as since_at
  from unbroken
  group by agent_key, permission, resource_pattern;
