-- question: Which sets of tool lists were offered in one workspace?
-- param: workspace text  whose
select * from offers
where offer_key in (
  select offer_key from sessions
  where agent_key in (select agent_key from agents where workspace = $workspace));
