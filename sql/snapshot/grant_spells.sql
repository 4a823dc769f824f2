-- question: What does the rollup grant_spells hold of one workspace?
-- param: workspace text  whose
select * from grant_spells
where agent_key in (select agent_key from agents where workspace = $workspace);
