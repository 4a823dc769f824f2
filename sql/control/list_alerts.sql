-- question: What is wrong, or was, the worst and the newest first?
-- param: workspace text   whose
-- param: state text?      pending, firing, no_data or resolved; null for what is wrong now
-- param: rule text?       of which rule, null for all
-- param: agent text?      of which agent, null for all
-- param: id text?         this one, whatever its state
-- param: limit integer    rows at most
select id, rule, key, state, severity, message, environment, agent, session, fingerprint, permission,
  began_at, fired_at, last_seen_at, resolved_at, told_at, acknowledged_at, acknowledged_by
from alerts
where workspace = $workspace and ($rule is null or rule = $rule)
  and ($agent is null or agent = $agent)
  and case when $id is not null then id = $id when $state is null then state in ('firing', 'no_data')
    else state = $state end
order by case severity when 'high' then 0 when 'medium' then 1 when 'low' then 2 else 3 end,
  coalesce(resolved_at, began_at) desc, rule, key
limit $limit;
