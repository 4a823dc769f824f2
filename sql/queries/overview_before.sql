-- question: What was the excess index of all agents together seven days before?
-- grain: one row
-- param: workspace text       the tenant
-- param: environment text?    one environment, or null for all
-- param: since timestamp      first instant counted now; then seven days earlier
-- param: until timestamp      first instant not counted now
-- param: now timestamp        nothing after it is known
-- column: excess_index double?  0 to 100, proven only; null where no grants were known
select 100 * sum(proven_weight) / nullif(sum(granted_weight), 0) as excess_index
from surface_weights_of($workspace, $environment, null, $since - interval 7 days,
  least($until, $now) - interval 7 days);
