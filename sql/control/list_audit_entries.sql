-- question: Which acts were written, the latest first?
-- param: workspace text     whose acts
-- param: before integer?    older than this entry, or null for the latest
-- param: limit integer      rows at most
select seq, occurred_at, actor, action, target, detail
from audit_log
where workspace = $workspace and ($before is null or seq < $before)
order by seq desc
limit $limit;
