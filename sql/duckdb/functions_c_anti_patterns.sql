-- All anti-patterns together.

-- grain: one row per agent and anti-pattern found, some of several kinds
create or replace macro anti_patterns_of(ws, env, wanted, first_at, as_of) as table
  from ambient_credentials_of(ws, env, wanted, first_at, as_of)
  union all by name from inherited_identity_of(ws, env, wanted, first_at, as_of)
  union all by name from overpermissioning_inertia_of(ws, env, wanted, first_at, as_of)
  union all by name from missing_boundaries_of(ws, env, wanted, first_at, as_of)
  union all by name from skipped_permissions_of(ws, env, wanted, first_at, as_of)
  union all by name from approval_fatigue_of(ws, env, wanted, first_at, as_of)
  union all by name from bypass_of(ws, env, wanted, first_at, as_of)
  union all by name from step_up_inertia_of(ws, env, wanted, first_at, as_of)
  union all by name from probing_of(ws, env, wanted, first_at, as_of)
  union all by name from tier_mismatch_of(ws, env, wanted, first_at, as_of)
  union all by name from ownerless_of(ws, env, wanted, first_at, as_of);
