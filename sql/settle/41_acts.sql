-- question: What is known of each action, from all spans that tell of it?
-- grain: one row per action
-- served_by: the server that told it where nobody else did; odd: other names are told of it, so that one has to be chosen

create or replace temp table settling_acts as
select
  trace,
  head,
  min(part) as part,
  min(started_at) as started_at,
  max(ended_at) as ended_at,
  bool_or(denied) as denied,
  bool_or(status_code = 2 or error_type is not null) as failed,
  bool_and(attested) as attested,
  min(decision_id) as decision_id,
  min(tool_call_id) as tool_call_id,
  min(resource_type) as resource_type,
  min(resource_id) as resource_id,
  case when bool_and(of_server) then min(service) end as served_by,
  min(permission) as permission,
  coalesce(min(permission) <> max(permission), false)
    or bool_or(permission is distinct from 'tool:' || tool) as odd
from settling_actions
group by trace, head;
