-- The surface of each agent in numbers.

-- grain: one row per agent: its surface in numbers
create or replace macro surface_weights_of(ws, env, wanted, first_at, as_of) as table
  with judged as (
    select environment, agent, agent_key, rule, verdict_of(rule) as verdict, held_now, ever_held,
      held_now and held_since >= as_of - interval 7 days as is_new,
      weight_of(risk) as weight, coalesce(uses, 0) as uses
    from judged_of(ws, env, wanted, first_at, as_of)
  ),
  sums as (
    select environment, agent, agent_key, bool_or(ever_held) as grants_known,
      count(*) filter (where held_now) as granted,
      count(*) filter (where uses > 0) as used,
      count(*) filter (where uses > 0 and ever_held and not held_now) as used_not_held,
      count(*) filter (where held_now and uses = 0) as unused,
      count(*) filter (where held_now and verdict = 'unused') as unused_proven,
      count(*) filter (where held_now and verdict in ('unobservable', 'too_young', 'insufficient'))
        as undetermined,
      count(*) filter (where verdict = 'used_not_granted') as used_not_granted,
      coalesce(sum(weight) filter (where held_now and uses = 0), 0)::bigint as unused_weight,
      coalesce(sum(weight) filter (where held_now), 0)::bigint as granted_weight,
      coalesce(sum(weight) filter (where held_now and verdict = 'unused'), 0)::bigint as proven_weight,
      coalesce(sum(weight) filter (where held_now
        and verdict in ('unused', 'unobservable', 'too_young', 'insufficient', 'exempt')), 0)::bigint
        as possible_weight,
      count(*) filter (where verdict = 'unobservable') as unobservable,
      count(*) filter (where is_new) as new_grants,
      count(*) filter (where is_new and weight = 10) as new_destructive_grants
    from judged group by environment, agent, agent_key
  )
  select *,
    case when granted_weight > 0 then 100 * proven_weight / granted_weight end as excess_index,
    case when granted_weight > 0 then 100 * possible_weight / granted_weight end as excess_index_max
  from sums;
