-- The candidates of a commit are done.
truncate candidate_traces;
