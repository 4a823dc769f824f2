-- question: Which uses of history would a proposal have lost, or made ask first?
-- grain: one row per session, permission and resource with such uses, the latest first
-- param: workspace text        the tenant
-- param: environment text       the agent's
-- param: agent text             whose grant is changed
-- param: kind text              of the proposal
-- param: permission text        of the grant
-- param: resource_pattern text  of the grant
-- param: proposed text[]        what is held instead
-- param: now timestamp          nothing after it is known
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: outcome text             lost, asked or unknown
-- column: session text             in which
-- column: trace_id text            its trace
-- column: goal text?               as the session told it
-- column: permission text          used
-- column: resource_type text?      of what kind
-- column: resource_id text?        on what
-- column: uses integer             calls
-- column: first_used_at timestamp  the first of them
-- column: last_used_at timestamp   the last of them
-- column: cursor text              where the next page starts
with told as (
  select *, printf('%020d', 9000000000000000000 - epoch_us(last_used_at)) || chr(31) || concat_ws(chr(31), session,
    permission, resource_type, resource_id, trace_hex(trace_id)) as cursor
  from replay_of($workspace, $environment, $agent, $kind, $permission, $resource_pattern, $proposed, $now)
  where outcome <> 'kept'
)
select outcome, session, trace_hex(trace_id) as trace_id, goal, permission, nullif(resource_type, '') as resource_type,
  nullif(resource_id, '') as resource_id, uses, first_used_at, last_used_at, cursor
from told
where $after is null or cursor > $after
order by cursor
limit $limit;
