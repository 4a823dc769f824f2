-- question: What does the table recommendation_states hold of one workspace?
-- param: workspace text  whose
select * from recommendation_states where workspace = $workspace;
