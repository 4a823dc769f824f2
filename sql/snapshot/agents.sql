-- question: What does the table agents hold of one workspace?
-- param: workspace text  whose
select * from agents where workspace = $workspace;
