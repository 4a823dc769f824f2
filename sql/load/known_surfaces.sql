-- Which of the candidate surfaces have their content stored already.
select workspace, surface_hash
from candidate_surfaces
semi join surfaces
  using (workspace, surface_hash)
order by workspace, surface_hash;
