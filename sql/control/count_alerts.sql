-- question: How many alerts are there in each state?
-- param: workspace text  whose
select state, count(*) as alerts from alerts where workspace = $workspace group by state;
