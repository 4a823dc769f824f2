-- question: How are decisions and actions of one key paired?
-- grain: one row per pair (settling_matches, read from settling_events)
-- Each action takes the nearest decision before it that no other took, as brackets close: at every depth of
-- open decisions, an action matches the row before it if that is a decision. A shadow decision decides nothing, so
-- it takes only an action that is left over.

create or replace temp table settling_pairs (trace integer, decision_span ubigint, head ubigint);

create or replace temp table settling_events (
  trace integer, key ubigint, is_action boolean, shadow boolean, happened_at timestamp, id ubigint
);

create or replace temp macro settling_brackets(events) as table
with counted as (
  select *, sum(case when is_action then -1 else 1 end) over (
    partition by trace, key order by happened_at, is_action, id rows unbounded preceding
  ) as balance
  from query_table(events)
),
floored as (
  select *, least(0, min(balance) over (
    partition by trace, key order by happened_at, is_action, id rows unbounded preceding
  )) as lowest
  from counted
),
levelled as (
  select *, balance - lowest + is_action::integer as level
  from floored
),
neighbours as (
  select
    trace, id, is_action,
    lag(id) over by_level as id_before,
    lag(is_action) over by_level as was_action
  from levelled
  window by_level as (partition by trace, key, level order by happened_at, is_action, id)
)
select trace, id_before as decision_span, id as head
from neighbours
where is_action and not was_action;

create or replace temp view settling_enforced as
select * from settling_events where not shadow;

create or replace temp view settling_left as
select e.*
from settling_events as e
semi join (select trace, key from settling_events where shadow) as s on s.trace = e.trace and s.key = e.key
anti join settling_brackets('settling_enforced') as m
  on m.trace = e.trace and m.head = e.id and e.is_action
where e.is_action or e.shadow;

create or replace temp view settling_matches as
from settling_brackets('settling_enforced')
union all
from settling_brackets('settling_left');
