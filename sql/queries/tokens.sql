-- question: How long did each token live, how much of that was it used, and what did it outlive?
-- grain: one row per environment, agent and token that lived in the window, the worst first
-- param: workspace text           the tenant
-- param: environment text?        one environment, or null for all
-- param: since timestamp          first instant counted
-- param: until timestamp          first instant not counted
-- param: now timestamp            nothing after it is known
-- param: agent text[]?            these agents
-- param: not_agent text[]?        all but these agents
-- param: session text[]?          issued in these sessions
-- param: fingerprint text[]?      these tokens
-- param: type text[]?             these types
-- param: not_type text[]?         all but these types
-- param: issuer text[]?           these issuers
-- param: scope text[]?            with any of these scopes
-- param: used_after_end boolean?  used after its end, or not
-- param: never_ends boolean?      without an end, or with one
-- param: view text?               used_after_end, never_end, outlived_session, never_used or revoked
-- param: search text?             text in the fingerprint, issuer, audience or scopes
-- param: sort text?               idle_tail (the longest first, the default) or issued (the latest first)
-- param: after text?              cursor of the row before
-- param: limit integer            rows at most
-- column: fingerprint text              what it is seen by
-- column: agent text                    who held it
-- column: environment text              where
-- column: session text                  in which it was issued, else first used
-- column: trace_id text?                of that
-- column: type text?                    kind of token
-- column: issuer text?                  who issued it
-- column: audience text?                for whom
-- column: scopes text[]                 granted
-- column: scopes_requested text[]       asked for
-- column: scopes_used text[]            required by uses while it was presented
-- column: issued_at timestamp?          issue
-- column: expires_at timestamp?         expiry
-- column: revoked_at timestamp?         revocation
-- column: session_ended_at timestamp?   end of the session it was issued in
-- column: first_used_at timestamp?      first use
-- column: last_used_at timestamp?       last use
-- column: uses integer                  uses in all
-- column: sessions integer              sessions that saw it
-- column: life_s double?                issue to the earlier of expiry and revocation
-- column: used_s double?                issue to last use
-- column: utilisation double?           used_s over life_s
-- column: idle_tail_s double?           last use (else issue) to its end
-- column: task_overhang_s double?       end of its session to its end, at least 0
-- column: used_after_end integer        uses beyond its end and 5 s
-- column: suggested_ttl_s double?       from the ended tokens of its agent
-- column: cursor text                   where the next page starts
with matched as (
  select token_key, environment, agent, fingerprint,
    -- The longest idle tail first, those without an end before all, those never issued last.
    case when $sort = 'issued' then -epoch_us(coalesce(issued_at, timestamp '1970-01-01'))
      else -(1000 * greatest(-1e11, least(1e11, coalesce(idle_tail_s,
        case when ended_at is null then 1e11 else -1e11 end))))::bigint end as place
  from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
  where unlisted($not_agent, agent) and listed($session, session)
    and listed($fingerprint, fingerprint) and listed($type, type) and unlisted($not_type, type)
    and listed($issuer, issuer) and listed_any($scope, scopes)
    and ($used_after_end is null or (used_after_end > 0) = $used_after_end)
    and ($never_ends is null or (ended_at is null) = $never_ends)
    and in_token_view($view, used_after_end, ended_at, task_overhang_s, uses, revoked_at)
    and (occurs($search, fingerprint) or occurs($search, issuer) or occurs($search, audience)
      or occurs($search, array_to_string(scopes, ' ')))
),
-- The page is found with few columns; its rows are read whole afterwards.
page as materialized (
  select token_key, place from matched
  where $after is null or place > split_part($after, chr(31), 1)::bigint
    or (place = split_part($after, chr(31), 1)::bigint
      and concat_ws(chr(31), place, environment, agent, fingerprint) > $after)
  order by place, environment, agent, fingerprint
  limit $limit
),
paged as materialized (
  select t.*, p.place
  from tokens_of($workspace, $environment, $agent, $since, least($until, $now)) t
  join page p using (token_key)
),
advised as (
  select agent_key, count(*) as n, max(used_s) as longest, quantile_cont(used_s, 0.99) as p99
  from tokens_of($workspace, $environment, $agent, $since, least($until, $now))
  where ended_at <= least($until, $now) and used_s >= 0
    and agent_key in (select agent_key from paged)
  group by agent_key
)
select p.fingerprint, p.agent, p.environment, p.session, trace_hex(p.trace_id) as trace_id, p.type,
  p.issuer, p.audience, coalesce(p.scopes, []) as scopes,
  coalesce(p.scopes_requested, []) as scopes_requested, p.scopes_used,
  p.issued_at, p.expires_at, p.revoked_at, p.session_ended_at, p.first_used_at, p.last_used_at,
  coalesce(p.uses, 0) as uses, p.sessions, p.life_s, p.used_s, p.utilisation, p.idle_tail_s,
  p.task_overhang_s, p.used_after_end,
  suggested_ttl(a.n, a.longest, a.p99, p.ttl_s) as suggested_ttl_s,
  concat_ws(chr(31), p.place, p.environment, p.agent, p.fingerprint) as cursor
from paged p
left join advised a using (agent_key)
order by p.place, p.environment, p.agent, p.fingerprint;
