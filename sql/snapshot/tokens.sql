-- question: What does the rollup tokens hold of one workspace?
-- param: workspace text  whose
select * from tokens
where agent_key in (select agent_key from agents where workspace = $workspace);
