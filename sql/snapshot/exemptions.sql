-- question: What does the table exemptions hold of one workspace?
-- param: workspace text  whose
select * from exemptions where workspace = $workspace;
