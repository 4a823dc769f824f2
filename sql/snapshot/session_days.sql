-- question: What does the rollup session_days hold of one workspace?
-- param: workspace text  whose
select * from session_days
where agent_key in (select agent_key from agents where workspace = $workspace);
