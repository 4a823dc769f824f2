-- question: From when to when does a part last, and what do its spans say of it?
-- grain: one row per part of the round
-- Where spans of one part contradict each other the least value stands, so that their order does not matter.

create or replace temp table settling_totals as
select
  part,
  min(started_at) as started_at,
  max(greatest(started_at, ended_at)) as last_span_at,
  -- A task ends with the outermost span of an agent; our own task spans may stand below another program's. Work
  -- that runs on is of it all the same; what tidies up behind it, a token's end or a late answer, is not.
  case when bool_or(fact = 'agent' and (parent_span_id is null or dialect = 'footprint'))
    then max(ended_at) filter (where fact in ('agent', 'model', 'action', 'decision'))
  end as task_ended_at,
  min(task_id) as task_id,
  min(goal) as goal,
  min(user_id) as user_id,
  min(owner) as owner,
  min(agent_version) as agent_version,
  min(agent_identity) as agent_identity,
  min(agent_parent) as agent_parent,
  min(service) as service,
  count(*) as spans,
  count(*) filter (where status_code = 2) as errors,
  bool_or(sampled) as sampled,
  bool_and(attested) as attested,
  max(received_at) as received_at,
  list_sort(list(distinct model) filter (where model is not null)) as models
from settling_spans
group by part;
