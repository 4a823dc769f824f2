-- question: Keeps how a run ended.
-- param: id text              which
-- param: state text           done or failed
-- param: duration_ms integer  how long it took
-- param: row_count integer?   rows kept
-- param: truncated integer    1 where there were more
-- param: counts text?         JSON: rows by severity
-- param: columns text?        JSON: names of the columns
-- param: error_code text?     why it failed
-- param: error text?          the same in words
-- param: body text?           JSON of the rows
update report_runs
set state = $state, duration_ms = $duration_ms, row_count = $row_count, truncated = $truncated,
  counts = $counts, columns = $columns, error_code = $error_code, error = $error, body = $body
where id = $id;
