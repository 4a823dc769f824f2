-- Moves on with what is loaded, in the same transaction.
-- param: segment bigint       segment of the first byte that is not loaded
-- param: next_offset bigint   its place in the segment
-- param: spans bigint         rows added
-- param: duplicates bigint    rows that were stored before
-- param: conflicts bigint     of them those with other content
update journal_position
set
  segment = $segment,
  next_offset = $next_offset,
  commits = commits + 1,
  spans = spans + $spans,
  duplicates = duplicates + $duplicates,
  conflicts = conflicts + $conflicts;
