-- question: What is each touched session as a whole?
-- grain: one row of sessions per session

insert into touched_days
select distinct agent_key, date_trunc('day', started_at)
from sessions
semi join touched_sessions using (session_key);

delete from sessions using touched_sessions as t where sessions.session_key = t.session_key;

create or replace temp table rolled_offers as
select session_key, list_sort(list(distinct surface_hash)) as hashes,
  md5_number_lower(hashes::varchar) as offer_key
from grants
semi join touched_sessions using (session_key)
where kind = 'tool_list'
group by session_key;

insert into offers
select distinct offer_key, unnest(hashes)
from (select distinct offer_key, hashes from rolled_offers)
where offer_key not in (select offer_key from offers);

create or replace temp table rolled_sessions as
select
  agent_hash_of(any_value(workspace), any_value(environment), any_value(agent)) as agent_hash,
  session_key,
  any_value(session) as session,
  min(started_at) as started_at,
  max(last_span_at) as last_span_at,
  max(coalesce(last_action_at, last_span_at)) as acted_at,
  -- A trace that tells no task may act on when the task's own trace has ended.
  case when max(task_ended_at) is not null then greatest(max(task_ended_at),
    max(last_span_at) filter (where task_ended_at is null and actions > 0)) end as task_ended_at,
  max(task_id) as task_id,
  max(goal) as goal,
  max(user_id) as user_id,
  max_by(owner, started_at) as last_owner,
  max_by(agent_version, started_at) as last_version,
  max_by(agent_identity, started_at) as last_identity,
  list_sort(list_distinct(flatten(list(models) filter (where models is not null)))) as all_models,
  md5_number_lower(to_json([last_owner, last_version, last_identity])::varchar
    || coalesce(all_models::varchar, '')) as profile_key,
  bool_or(sampled) as sampled,
  bool_and(attested) as attested,
  sum(spans)::uinteger as spans,
  sum(actions)::uinteger as actions,
  sum(decisions)::uinteger as decisions,
  sum(denials)::uinteger as denials,
  arg_min(trace_id, (started_at, trace_id)) as trace_id,
  count(distinct trace_id)::uinteger as traces
from session_parts
semi join touched_sessions using (session_key)
group by session_key;

insert into agent_profiles
select distinct profile_key, last_owner, last_version, last_identity, all_models
from rolled_sessions
where profile_key not in (select profile_key from agent_profiles);

insert into sessions
with used as (
  select session_key, count(distinct permission_key) as permissions
  from rolled_uses
  where uses > 0
  group by session_key
),
seen as (
  select session_key, count(distinct token_key) as tokens
  from token_events
  semi join touched_sessions using (session_key)
  group by session_key
)
select
  a.agent_key, r.session_key, r.session, r.started_at, r.last_span_at, r.acted_at, r.task_ended_at,
  r.task_id, r.goal, r.user_id, r.profile_key, o.offer_key, r.sampled, r.attested, r.spans,
  r.actions, r.decisions, r.denials, coalesce(t.tokens, 0), coalesce(u.permissions, 0), r.trace_id,
  r.traces
from rolled_sessions as r
inner join agents as a using (agent_hash)
left join rolled_offers as o using (session_key)
left join used as u using (session_key)
left join seen as t using (session_key)
order by date_trunc('day', r.started_at), a.agent_key, r.started_at;

insert into touched_days
select distinct a.agent_key, date_trunc('day', r.started_at)
from rolled_sessions as r
inner join agents as a using (agent_hash);
