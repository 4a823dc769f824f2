-- question: Takes a due instant: whoever moves it on runs it, nobody else does.
-- param: id text          which
-- param: due_at text?     as it was read
-- param: next_at text?    the instant after
-- param: last_due_at text?  what is run now; null where nothing is
update report_schedules
set next_at = $next_at, last_due_at = coalesce($last_due_at, last_due_at)
where id = $id and next_at is $due_at and enabled = 1;
