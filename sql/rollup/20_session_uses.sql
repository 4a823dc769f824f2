-- question: Which permissions did each touched session use or ask for in vain, day by day?
-- grain: one row of session_uses per session, permission and day

insert into touched_days
select distinct agent_key, day from session_uses semi join touched_sessions using (session_key);

delete from session_uses using touched_sessions as t where session_uses.session_key = t.session_key;

create or replace temp table rolled_uses as
with told as (
  select
    any_value(workspace) as workspace,
    any_value(environment) as environment,
    any_value(agent) as agent,
    session_key,
    permission,
    date_trunc('day', coalesce(last_used_at, last_denied_at))::timestamp as day,
    sum(uses)::uinteger as uses,
    sum(denials)::uinteger as denials,
    sum(hidden_uses)::uinteger as hidden_uses,
    bool_or(uses > 0 and attested) as attested_use,
    bool_or(uses > 0 and not attested) as unattested_use,
    min(first_used_at) as first_used_at,
    max(last_used_at) as last_used_at,
    min(first_denied_at) as first_denied_at,
    max(last_denied_at) as last_denied_at
  from countable_uses()
  semi join touched_sessions using (session_key)
  group by session_key, permission, day
)
select
  a.agent_key, t.session_key, p.permission_key, t.day,
  count(*) over (partition by t.session_key, p.permission_key) as days,
  t.uses, t.denials, t.attested_use, t.unattested_use,
  t.first_used_at, t.last_used_at, t.first_denied_at, t.last_denied_at,
  t.hidden_uses
from told as t
inner join agents as a
  on a.workspace = t.workspace and a.environment = t.environment and a.agent = t.agent
inner join permissions as p using (permission);

insert into session_uses select * from rolled_uses order by day, agent_key, permission_key;

insert into touched_days select distinct agent_key, day from rolled_uses;
