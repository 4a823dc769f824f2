-- question: Which token, rule and delegation let each use of a permission happen, and which sources granted it?
-- grain: one row per permission and way in which its uses were let through, the latest used first
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: since timestamp        first instant counted
-- param: until timestamp        first instant not counted
-- param: now timestamp          nothing after it is known
-- param: agent text             whose uses
-- param: permission text[]?     of these permissions
-- param: not_permission text[]? of all but these permissions
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: environment text           where it runs
-- column: agent text                 whose use
-- column: permission text            used
-- column: path text                  decided; undecided: no decision is known; through: another agent acted for it
-- column: used_via text?             that agent
-- column: effect text?               of the decision
-- column: fingerprint text?          of the token that paid for it
-- column: engine text?               that decided
-- column: policy text?               that decided
-- column: policy_version text?       of the policy
-- column: rules text[]               that decided
-- column: principal text?            in whose name it was asked
-- column: principal_type text?       user, agent, service or group
-- column: delegation_type text?      how the agent speaks for the principal
-- column: delegation_chain text[]    who acts for whom, outermost first
-- column: tier text?                 who was asked, where somebody was
-- column: uses integer               let through in this way
-- column: sessions integer           with such uses
-- column: first_used_at timestamp    of them
-- column: last_used_at timestamp     of them
-- column: granted_by text[]          sources whose grants covered it at the last of them
-- column: source_ref text[]          their own names for it
-- column: cursor text                where the next page starts
with paths as (
  select * from use_paths_of($workspace, $environment, [$agent], $since, least($until, $now))
  where listed($permission, permission) and unlisted($not_permission, permission)
),
islands as (
  select agent_key, environment, agent, permission as granted, held_since, held_until, granted_by, source_ref
  from islands_of($workspace, $environment, [$agent], least($until, $now))
),
covering as (
  select p.environment, p.agent, p.permission, p.last_used_at,
    list_sort(list_distinct(flatten(list(i.granted_by)))) as granted_by,
    list_sort(list_distinct(flatten(list(i.source_ref)))) as source_ref
  from (select distinct environment, agent, permission, last_used_at from paths) p
  join islands i on i.environment = p.environment and i.agent = p.agent and covers(i.granted, p.permission)
    and p.last_used_at >= i.held_since - interval 5 minutes and p.last_used_at <= i.held_until + interval 5 minutes
  group by all
),
told as (
  select p.*, coalesce(c.granted_by, []) as granted_by, coalesce(c.source_ref, []) as source_ref,
    printf('%020d', 9000000000000000000 - epoch_us(p.last_used_at)) || chr(31) || concat_ws(chr(31), p.environment,
      p.permission, path, used_via, coalesce(effect, ''), coalesce(fingerprint, ''), coalesce(engine, ''), coalesce(policy, ''),
      coalesce(policy_version, ''), rules::varchar, coalesce(principal_id, ''), coalesce(principal_type, ''),
      coalesce(delegation_type, ''), delegation_chain::varchar, coalesce(tier, '')) as cursor
  from paths p
  left join covering c using (environment, agent, permission, last_used_at)
)
select environment, agent, permission, path, nullif(used_via, '') as used_via, effect, fingerprint, engine, policy,
  policy_version, rules, principal_id as principal, principal_type, delegation_type, delegation_chain, tier, uses,
  sessions, first_used_at, last_used_at, granted_by, source_ref, cursor
from told
where $after is null or cursor > $after
order by cursor
limit $limit;
