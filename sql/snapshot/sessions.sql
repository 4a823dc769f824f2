-- question: What does the rollup sessions hold of one workspace?
-- param: workspace text  whose
select * from sessions
where agent_key in (select agent_key from agents where workspace = $workspace);
