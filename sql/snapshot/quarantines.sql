-- question: What does the table quarantines hold of one workspace?
-- param: workspace text  whose
select * from quarantines where workspace = $workspace;
