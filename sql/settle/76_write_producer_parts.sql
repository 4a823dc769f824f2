-- question: Which numbers of its sequence did each producer send?
-- grain: one row of producer_parts per trace, producer and agent

insert into producer_parts
select
  n.workspace, n.environment, n.agent, s.producer_id, n.trace_id,
  min(s.producer_seq), max(s.producer_seq), count(*), max(s.ended_at)
from settling_spans as s
inner join settling_named as n on n.part = s.part
where s.producer_id is not null and s.producer_seq is not null
group by n.workspace, n.environment, n.agent, s.producer_id, n.trace_id;
