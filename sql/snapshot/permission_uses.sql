-- question: What does the table permission_uses hold of one workspace?
-- param: workspace text  whose
select * from permission_uses where workspace = $workspace;
