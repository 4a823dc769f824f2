-- question: What does a trace say as a whole, and which traces name several agents or sessions?
-- grain: one row per trace of the round
-- mixed: spans of it must look to their ancestors; all others take the one agent and session of their trace
-- tells: false for traces of ordinary programs, which say nothing of any agent and settle into nothing

create or replace temp table settling_told as
with told as (
  select
    trace,
    min(agent) as agent,
    min(session) as session,
    min(service) filter (where fact <> 'other') as speaker,
    min(service) as service,
    min(nullif(environment, 'default')) as environment,
    min(task_id) as task_id,
    min(goal) as goal,
    min(user_id) as user_id,
    min(owner) as owner,
    coalesce(min(agent) <> max(agent), false) as has_agents,
    coalesce(min(session) <> max(session), false) as has_sessions,
    coalesce(min(nullif(environment, 'default')) <> max(environment)
      filter (where environment <> 'default'), false) as has_environments,
    min(service) filter (where fact <> 'other') <> max(service) filter (where fact <> 'other')
      as has_speakers,
    count(agent) > 0 or bool_or(fact <> 'other') as tells
  from settling_spans
  group by trace
),
-- Where several services speak and no agent is named, the one that spoke first is the agent.
first_speakers as (
  select s.trace, s.service
  from settling_spans as s
  inner join told as t on t.trace = s.trace
  where t.has_speakers and t.agent is null and s.fact <> 'other' and s.service is not null
  qualify row_number() over (partition by s.trace order by s.started_at, s.span_id) = 1
),
first_agents as (
  select s.trace, s.agent
  from settling_spans as s
  inner join told as t on t.trace = s.trace
  where t.has_agents and s.agent is not null
  qualify row_number() over (partition by s.trace order by s.started_at, s.span_id) = 1
),
first_sessions as (
  select s.trace, s.session
  from settling_spans as s
  inner join told as t on t.trace = s.trace
  where t.has_sessions and s.session is not null
  qualify row_number() over (partition by s.trace order by s.started_at, s.span_id) = 1
)
select
  told.trace,
  coalesce(first_agents.agent, told.agent, first_speakers.service, told.speaker, told.service)
    as agent,
  coalesce(first_sessions.session, told.session) as session,
  coalesce(told.environment, 'default') as environment,
  told.task_id,
  told.goal,
  told.user_id,
  told.owner,
  told.has_agents or told.has_sessions or told.has_environments as mixed
from told
left join first_speakers on first_speakers.trace = told.trace
left join first_agents on first_agents.trace = told.trace
left join first_sessions on first_sessions.trace = told.trace
where told.tells
  and coalesce(told.agent, told.speaker, told.service) is not null;
