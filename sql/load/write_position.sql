-- Moves on with what is loaded, in the same transaction.
-- param: segment bigint       segment of the first byte that is not loaded
-- param: next_offset bigint   its place in the segment
-- param: spans bigint         rows added
update journal_position
set
  segment = $segment,
  next_offset = $next_offset,
  commits = commits + 1,
  spans = spans + $spans,
  duplicates = (select coalesce(sum(r.duplicates), 0) from repeats as r),
  conflicts = (select coalesce(sum(r.conflicts), 0) from repeats as r);
