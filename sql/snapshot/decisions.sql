-- question: What does the table decisions hold of one workspace?
-- param: workspace text  whose
select * from decisions where workspace = $workspace;
