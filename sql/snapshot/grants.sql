-- question: What does the table grants hold of one workspace?
-- param: workspace text  whose
select * from grants where workspace = $workspace;
