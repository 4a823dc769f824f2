-- How often what was applied was taken back, and how much stricter that makes the next proposals of its kind.

-- Of fewer applied than this each one taken back counts a tenth: one of one is no rate yet.
create or replace macro applied_least() as 10;

-- A kind that was always taken back is proposed still, on bounds of a tenth.
create or replace macro strictness_least() as 0.1;

-- The share of the usual bounds under which the next proposals of a kind must stay: 1 without regret. A higher rate
-- makes it smaller, so that more evidence is asked for.
create or replace macro strictness_of(applied, restored) as
  greatest(strictness_least(), 1 - restored / greatest(applied, applied_least()));

-- grain: one row per environment and kind of which something was ever applied; what was taken back counts as
-- applied before, as often as it was
create or replace macro regrets_of(ws, env) as table
  select environment, kind, sum(restores + (state = 'removed')::integer)::bigint as applied,
    sum(restores)::bigint as restored,
    sum(restores) / sum(restores + (state = 'removed')::integer) as regret,
    strictness_of(sum(restores + (state = 'removed')::integer), sum(restores)) as strictness
  from recommendation_states
  where workspace = ws and (env is null or environment = env)
  group by environment, kind
  having sum(restores + (state = 'removed')::integer) > 0;

-- grain: one row per environment with some regret: the strictness of each kind, null for 1
create or replace macro bars_of(ws, env) as table
  select environment,
    any_value(strictness) filter (where kind = 'remove_permission') as removal,
    any_value(strictness) filter (where kind = 'separate_identity') as identity,
    any_value(strictness) filter (where kind = 'just_in_time') as in_time,
    any_value(strictness) filter (where kind = 'raise_tier') as tier,
    any_value(strictness) filter (where kind = 'narrow_permission') as permission_width,
    any_value(strictness) filter (where kind = 'narrow_resource') as resource_width,
    any_value(strictness) filter (where kind = 'task_scope') as goals
  from regrets_of(ws, env)
  where restored > 0
  group by environment;

-- grain: one row per agent, permission and resource pattern on which proposals were acted on, with their kinds;
-- these stay as they were proposed, whatever others of their kind came to
create or replace macro acted_on_of(ws, env) as table
  select a.agent_key, s.permission, s.resource_pattern, list(s.kind) as kinds
  from recommendation_states s
  join agents a using (workspace, environment, agent)
  where s.workspace = ws and (env is null or s.environment = env)
  group by a.agent_key, s.permission, s.resource_pattern;

-- What a bound is multiplied with for one proposal.
create or replace macro bar_of(strictness, acted_kinds, kind) as
  case when strictness is null or list_contains(acted_kinds, kind) then 1 else strictness end;
