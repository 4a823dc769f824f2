-- question: Which owners, versions and identities were told in one workspace?
-- param: workspace text  whose
select * from agent_profiles
where profile_key in (
  select profile_key from sessions
  where agent_key in (select agent_key from agents where workspace = $workspace));
