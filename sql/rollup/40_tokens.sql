-- question: What is each touched token's life?
-- grain: one row of tokens per agent and token
-- A token whose session changed is touched too, since it carries the session's end.

insert into touched_tokens
select token_key from tokens semi join touched_sessions using (session_key);

delete from tokens using touched_tokens as t where tokens.token_key = t.token_key;

insert into tokens
with events as (
  select * from token_events semi join touched_tokens using (token_key)
),
merged as (
  select
    token_key,
    agent_hash_of(any_value(workspace), any_value(environment), any_value(agent)) as agent_hash,
    any_value(fingerprint) as fingerprint,
    min(issued_at) as issued_at,
    min(expires_at) as expires_at,
    min(revoked_at) as revoked_at,
    least(min(expires_at), min(revoked_at)) as ended_at,
    min(type) as type,
    min(issuer) as issuer,
    min(audience) as audience,
    arg_max(scopes, issued_at) as scopes,
    arg_max(scopes_requested, issued_at) as scopes_requested,
    arg_min(session, (coalesce(issued_at, first_used_at), session)) as session,
    arg_min(trace_id, (coalesce(issued_at, first_used_at), session)) as trace_id,
    coalesce(sum(uses) filter (where event = 'used'), 0)::uinteger as uses,
    min(first_used_at) as first_used_at,
    max(last_used_at) as last_used_at,
    count(distinct session)::uinteger as sessions
  from events
  group by token_key
),
-- Of uses told together that go on beyond the end at least the last came after it.
late as (
  select
    m.token_key,
    sum(case when e.first_used_at > m.ended_at + skew() then e.uses else 1 end)::uinteger as uses
  from merged as m
  inner join events as e on e.token_key = m.token_key
  where e.event = 'used' and e.last_used_at > m.ended_at + skew()
  group by m.token_key
),
-- Scopes required by uses in the traces that it paid in.
exercised as (
  select e.token_key, list_sort(list(distinct substr(u.permission, 7))) as scopes
  from events as e
  inner join permission_uses as u on u.session_key = e.session_key and u.trace_id = e.trace_id
  where e.event = 'used' and u.uses > 0 and u.permission like 'oauth:%'
  group by e.token_key
),
placed as (
  select *, session_key_of(agent_hash, session) as session_key from merged
)
select
  a.agent_key, p.token_key, p.session_key, p.fingerprint, p.session, p.trace_id, p.type, p.issuer,
  p.audience, p.issued_at, p.expires_at, p.revoked_at, p.ended_at, p.scopes, p.scopes_requested,
  coalesce(case when p.scopes is null then x.scopes else list_filter(x.scopes,
    lambda scope: list_contains(p.scopes, scope)) end, []),
  p.uses, coalesce(l.uses, 0), p.first_used_at, p.last_used_at, p.sessions,
  coalesce(s.task_ended_at, s.last_span_at)
from placed as p
inner join agents as a using (agent_hash)
left join late as l using (token_key)
left join exercised as x using (token_key)
left join sessions as s on s.session_key = p.session_key
order by date_trunc('day', p.issued_at), a.agent_key, p.issued_at;
