-- question: What does the table producer_parts hold of one workspace?
-- param: workspace text  whose
select * from producer_parts where workspace = $workspace;
