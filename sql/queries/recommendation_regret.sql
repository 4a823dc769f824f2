-- question: How often was what was applied taken back, and what does that ask of the next proposals?
-- grain: one row per environment and kind of which something was ever applied
-- param: workspace text         the tenant
-- param: environment text?      one environment, or null for all
-- param: kind text[]?           these kinds
-- param: not_kind text[]?       all but these kinds
-- param: after text?            cursor of the row before
-- param: limit integer          rows at most
-- column: environment text      where
-- column: kind text             what was proposed
-- column: applied integer       how often it was applied; what was taken back counts each time
-- column: restored integer      how often it was taken back
-- column: regret double         restored of applied
-- column: strictness double     what the bounds of its next proposals are multiplied with: 1 without regret, 0.1 at least
-- column: cursor text           where the next page starts
with told as (
  select *, concat_ws(chr(31), environment, kind) as cursor
  from regrets_of($workspace, $environment)
  where listed($kind, kind) and unlisted($not_kind, kind)
)
select environment, kind, applied, restored, regret, strictness, cursor
from told
where $after is null or cursor > $after
order by cursor
limit $limit;
