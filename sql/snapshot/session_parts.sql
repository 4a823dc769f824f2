-- question: What does the table session_parts hold of one workspace?
-- param: workspace text  whose
select * from session_parts where workspace = $workspace;
