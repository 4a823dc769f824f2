-- question: What does the rollup session_uses hold of one workspace?
-- param: workspace text  whose
select * from session_uses
where agent_key in (select agent_key from agents where workspace = $workspace);
