-- question: Which permissions were used or refused in one workspace?
-- param: workspace text  whose
select * from permissions
where permission_key in (
  select permission_key from session_uses
  where agent_key in (select agent_key from agents where workspace = $workspace));
