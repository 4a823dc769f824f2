-- question: What did each touched agent hold from the grants of each touched day?
-- grain: one row of grant_spells per agent, kind, source, surface and day; of snapshots and imports one per grant

delete from grant_spells
using (select a.agent_key, t.day from touched_spells as t inner join agents as a using (agent_hash)) as t
where grant_spells.agent_key = t.agent_key and grant_spells.day = t.day;

-- Grants are stored in about their order, so the range of the touched days skips most of the table.
set variable spells_from = (select min(day) from touched_spells);
set variable spells_to = (select max(day) + interval 1 day from touched_spells);

insert into grant_spells
select
  agent_key, kind, source,
  case when own_end then max_by(source_ref, granted_at) else source_ref_told end,
  surface_hash, date_trunc('day', granted_at)::timestamp as day,
  min(granted_at), max(granted_at), max(coalesce(ended_at, timestamp '9999-01-01'))
from (
  select grants.*, a.agent_key, kind not in ('snapshot', 'import') as own_end,
    case when own_end then null else source_ref end as source_ref_told,
    case when own_end then null else granted_at end as granted_alone
  from grants
  inner join agents as a using (agent_hash)
  semi join touched_spells as t
    on t.agent_hash = grants.agent_hash and t.day = date_trunc('day', grants.granted_at)
  where granted_at >= getvariable('spells_from') and granted_at < getvariable('spells_to')
)
group by agent_key, kind, source, own_end, source_ref_told, granted_alone, surface_hash, day
order by day, agent_key, kind, source, surface_hash;
