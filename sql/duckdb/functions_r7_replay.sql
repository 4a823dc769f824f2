-- History against a smaller surface: what each past use would have met.

-- grain: one row per use of 400 days, by session, permission and resource, that the grant to be changed covers;
-- outcome: kept (another grant or the narrower one covers it), asked (it would have had to ask first), lost, or
-- unknown (its resource or its session's goal was not told); agents alike in name of several environments need env
create or replace macro replay_of(ws, env, who, kind, changed, changed_pattern, proposed, as_of) as table
  with held as (
    select permission, resource_pattern
    from islands_of(ws, env, [who], as_of)
    where held_now
    group by all
  ),
  kept as (
    select permission, resource_pattern, false as literally from held
    where permission <> changed or resource_pattern <> changed_pattern
    union all
    select unnest(proposed), changed_pattern, false where kind = 'narrow_permission'
    union all
    -- An engine reads it as it stands, so a use must be named in it as the present pattern names it.
    select changed, unnest(proposed), true where kind = 'narrow_resource'
    union all
    select changed, changed_pattern, false where kind = 'task_scope'
  ),
  told as (
    select u.session, u.trace_id, u.session_key, s.goal, u.permission, u.resource_type, u.resource_id,
      u.uses, u.first_used_at, u.last_used_at
    from permission_uses u
    left join sessions s using (session_key)
    where u.workspace = ws and u.environment = env and u.agent = who and u.uses > 0
      and u.first_used_at < as_of and u.last_used_at >= as_of - interval 400 days
      and covers(changed, u.permission)
      and covers_resource(changed_pattern, u.resource_type, u.resource_id)
  ),
  objects as (
    select distinct permission, resource_type, resource_id from told
  ),
  covered as (
    select distinct o.permission, o.resource_type, o.resource_id
    from objects o
    join kept k on covers(k.permission, o.permission)
      and (k.resource_pattern = '*' or (o.resource_id <> ''
        and case when k.literally
          then covers(k.resource_pattern, resource_named(changed_pattern, o.resource_type, o.resource_id))
          else covers_resource(k.resource_pattern, o.resource_type, o.resource_id) end))
  )
  select t.* exclude (session_key),
    case
      when kind = 'task_scope' and t.goal is null then 'unknown'
      when kind = 'task_scope' and not list_contains(proposed, t.goal) then 'lost'
      when kind = 'raise_tier' then 'asked'
      when c.permission is not null then 'kept'
      when kind = 'just_in_time' then 'asked'
      when kind in ('split_token', 'lower_tier', 'cleanup') then 'kept'
      when t.resource_id = '' and (kind = 'narrow_resource' or changed_pattern <> '*') then 'unknown'
      else 'lost'
    end as outcome
  from told t
  left join covered c using (permission, resource_type, resource_id)
  union all by name
  select * from replay_cleanup_of(ws, env, who, proposed, as_of) where kind = 'cleanup';
