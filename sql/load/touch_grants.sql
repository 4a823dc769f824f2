-- Grants imported by this commit get their keys and are gathered.
update grants
set agent_hash = agent_hash_of(workspace, environment, agent)
where agent_hash is null;
insert into touched_spells
select distinct agent_hash, date_trunc('day', granted_at)
from grants
where kind = 'import';
