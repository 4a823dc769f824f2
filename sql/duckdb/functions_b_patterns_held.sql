-- Anti-patterns that lie in what agents hold: each a row per agent with its evidence and its latest sessions.

-- grain: one row per agent that holds tokens long after it needs them, or one in several sessions
create or replace macro ambient_credentials_of(ws, env, wanted, first_at, as_of) as table
  with alive as (
    select t.environment, t.agent, t.session, t.sessions, s.started_at,
      seconds_between(s.started_at, t.session_ended_at) as length_s,
      seconds_between(greatest(s.started_at, coalesce(t.last_used_at, t.issued_at)),
        least(t.session_ended_at, t.ended_at)) as idle_s
    from tokens_of(ws, env, wanted, first_at, as_of) t
    join sessions s using (session_key)
    where s.started_at >= first_at and s.started_at < as_of
  ),
  marked as (
    -- A session of less than a minute leaves no time in which to give a token back.
    select *, sessions = 1 and length_s >= 60 and idle_s >= 0.75 * length_s as is_idle,
      sessions > 1 as is_shared
    from alive
  ),
  sums as (
    select environment, agent, count(*) as tokens, count(*) filter (where is_idle) as idle,
      median(idle_s) filter (where is_idle) as idle_p50_s,
      count(*) filter (where is_shared) as shared, max(sessions) as widest,
      list_reverse(list_sort(max_by(session, (started_at, session), 3)
        filter (where is_idle or is_shared))) as latest
    from marked group by environment, agent
  )
  select environment, agent, 'ambient_credentials' as anti_pattern, idle + shared as occurrences,
    concat_ws('; ',
      case when idle > 0 then format('{} tokens were last used in the first quarter of their session and held through the rest, {} at the median',
        out_of(idle, tokens), span_told(idle_p50_s)) end,
      case when shared > 0 then format('{} tokens served several sessions, one of them {}',
        out_of(shared, tokens), widest) end) as evidence,
    latest as sessions,
    case when shared > 0 or idle >= 0.5 * tokens then 'medium' else 'low' end as severity
  from sums
  where idle + shared > 0;

-- grain: one row per agent whose held surface lost nothing in the window while part of it was never used
create or replace macro overpermissioning_inertia_of(ws, env, wanted, first_at, as_of) as table
  with sums as (
    select environment, agent,
      count(*) filter (where held_now and held_since < first_at) as held_all_through,
      count(*) filter (where held_now and rule = 'unused' and history_sessions is null) as never_used,
      min(held_since) filter (where held_now and rule = 'unused' and history_sessions is null)
        as oldest_at,
      count(*) filter (where not held_now and ever_held and ended_at >= first_at) as given_back
    from judged_of(ws, env, wanted, first_at, as_of)
    group by environment, agent
  )
  select environment, agent, 'overpermissioning_inertia' as anti_pattern,
    never_used as occurrences,
    format('{} permissions held through the whole window and none given back; {} never used, the oldest for {:.0f} days',
      held_all_through, never_used, seconds_between(oldest_at, as_of) / 86400) as evidence,
    []::varchar[] as sessions,
    case when seconds_between(oldest_at, as_of) >= 180 * 86400 then 'medium' else 'low' end
      as severity
  from sums
  where given_back = 0 and held_all_through > 0 and never_used > 0;

-- grain: one row per agent with tokens that do not end with their session, or temporary resources left behind
create or replace macro missing_boundaries_of(ws, env, wanted, first_at, as_of) as table
  with lives as (
    select environment, agent, count(*) as tokens,
      count(*) filter (where ended_at is null) as endless,
      count(*) filter (where task_overhang_s > 3600) as outlived,
      median(task_overhang_s) filter (where task_overhang_s > 3600) as overhang_p50_s,
      max_by(session, (coalesce(issued_at, first_used_at), session), 3)
        filter (where ended_at is null or task_overhang_s > 3600) as latest
    from tokens_of(ws, env, wanted, first_at, as_of)
    group by environment, agent
  ),
  things as (
    select environment, agent, count(*) as made, count(*) filter (where state = 'left') as abandoned,
      max_by(session, (made_at, session), 3) filter (where state = 'left') as latest
    from resources_of(ws, env, wanted, first_at, as_of)
    group by environment, agent
  ),
  sums as (
    select environment, agent, coalesce(l.tokens, 0) as tokens, coalesce(l.endless, 0) as endless,
      coalesce(l.outlived, 0) as outlived, l.overhang_p50_s, coalesce(t.made, 0) as made,
      coalesce(t.abandoned, 0) as abandoned,
      list_slice(list_distinct(list_concat(coalesce(l.latest, []), coalesce(t.latest, []))), 1, 3) as latest
    from lives l
    full join things t using (environment, agent)
  )
  select environment, agent, 'missing_session_boundaries' as anti_pattern,
    endless + outlived + abandoned as occurrences,
    concat_ws('; ',
      case when endless > 0 then format('{} tokens have no end', out_of(endless, tokens)) end,
      case when outlived > 0 then format('{} tokens outlived their session by more than an hour, {} at the median',
        out_of(outlived, tokens), span_told(overhang_p50_s)) end,
      case when abandoned > 0 then format('{} temporary resources were left behind', out_of(abandoned, made)) end)
      as evidence,
    latest as sessions,
    case when endless > 0 then 'high' when outlived >= 0.5 * tokens and outlived > 0 then 'medium'
      when abandoned > 0 then 'medium' else 'low' end as severity
  from sums
  where endless + outlived + abandoned > 0;

-- grain: one row per agent whose tokens' scopes grew from one to the next and never shrank
create or replace macro step_up_inertia_of(ws, env, wanted, first_at, as_of) as table
  with told as (
    select environment, agent, session, issued_at, fingerprint, scopes,
      lag(scopes) over (partition by environment, agent, type, issuer, audience
        order by issued_at, fingerprint) as before
    from tokens_of(ws, env, wanted, first_at, as_of)
    where scopes is not null and issued_at is not null
  ),
  steps as (
    select *, list_has_all(scopes, before) and len(scopes) > len(before) as grew,
      not list_has_all(scopes, before) as shrank
    from told where before is not null
  ),
  sums as (
    select environment, agent, count(*) filter (where grew) as growths,
      count(*) filter (where shrank) as shrinkings,
      min_by(len(before), (issued_at, fingerprint)) as first_scopes,
      max_by(len(scopes), (issued_at, fingerprint)) as last_scopes,
      max_by(session, (issued_at, session), 3) filter (where grew) as latest
    from steps group by environment, agent
  )
  select environment, agent, 'step_up_inertia' as anti_pattern, growths as occurrences,
    format('scopes of successive tokens grew {} times, from {} to {}, and never shrank',
      growths, first_scopes, last_scopes) as evidence,
    latest as sessions, 'low' as severity
  from sums
  -- One growth may be the one step that the task needed.
  where growths >= 2 and shrinkings = 0;
