-- question: Adds an act to the audit log.
-- param: seq integer           one more than the last
-- param: workspace text        whose act it is
-- param: occurred_at text      RFC 3339, UTC
-- param: actor text            who
-- param: action text           what, as `schedule.create`
-- param: target text           on what
-- param: detail text           JSON, without secrets
-- param: previous_hash text    of the entry before; '' for the first
-- param: hash text             of this one
insert into audit_log (seq, workspace, occurred_at, actor, action, target, detail, previous_hash, hash)
values ($seq, $workspace, $occurred_at, $actor, $action, $target, $detail, $previous_hash, $hash);
