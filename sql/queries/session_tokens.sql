-- question: Which tokens were issued or used in one session?
-- grain: one row per token, the first issued first
-- param: workspace text    the tenant
-- param: environment text  where it ran
-- param: agent text        who acted
-- param: session text      its name
-- param: limit integer     rows at most
-- param: now timestamp     nothing after it is known
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
with seen as (
  select distinct token_key
  from token_events
  where session_key = session_key_of(agent_hash_of($workspace, $environment, $agent), $session)
),
alive as (
  select *
  from tokens_of($workspace, $environment, [$agent], timestamp '1970-01-01', $now)
),
advised as (
  select count(*) as n, max(used_s) as longest, quantile_cont(used_s, 0.99) as p99
  from alive where ended_at <= $now and used_s >= 0
)
select p.fingerprint, p.agent, p.environment, p.session, trace_hex(p.trace_id) as trace_id, p.type,
  p.issuer, p.audience, coalesce(p.scopes, []) as scopes,
  coalesce(p.scopes_requested, []) as scopes_requested,
  p.scopes_used, p.issued_at, p.expires_at, p.revoked_at, p.session_ended_at, p.first_used_at, p.last_used_at,
  coalesce(p.uses, 0) as uses, p.sessions, p.life_s, p.used_s, p.utilisation, p.idle_tail_s,
  p.task_overhang_s, p.used_after_end,
  suggested_ttl(a.n, a.longest, a.p99, p.life_s) as suggested_ttl_s
from alive p
join seen using (token_key)
cross join advised a
order by p.issued_at, p.fingerprint
limit $limit;
