-- question: What does the audit log hold from an entry on, in order?
-- param: after integer    the entry before; 0 for the first
-- param: limit integer    rows at most
select seq, workspace, occurred_at, actor, action, target, detail, previous_hash, hash
from audit_log
where seq > $after
order by seq
limit $limit;
