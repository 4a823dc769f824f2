-- question: Forgets alerts that have been over for long.
-- param: workspace text  whose
-- param: before text     those that ended before
delete from alerts where workspace = $workspace and state = 'resolved' and resolved_at < $before;
