-- question: What does the table resource_spans hold of one workspace?
-- param: workspace text  whose
select * from resource_spans where workspace = $workspace;
