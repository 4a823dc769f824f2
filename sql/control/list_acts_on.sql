-- question: What was done to one thing, the latest first?
-- param: workspace text     whose acts
-- param: action text        as `recommendation.state`
-- param: target text        on what
-- param: limit integer      rows at most
select occurred_at, actor, detail
from audit_log
where workspace = $workspace and action = $action and target = $target
order by seq desc
limit $limit;
