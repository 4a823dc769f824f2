-- question: What does the table surfaces hold of one workspace?
-- param: workspace text  whose
select * from surfaces where workspace = $workspace;
