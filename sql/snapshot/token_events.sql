-- question: What does the table token_events hold of one workspace?
-- param: workspace text  whose
select * from token_events where workspace = $workspace;
