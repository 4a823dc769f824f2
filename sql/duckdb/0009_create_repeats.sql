-- Spans that came again, by environment: how often, and how often with other content than the first.

-- grain: one row per workspace and environment; the environment is '' for what came before this was told apart
create table repeats (
  workspace varchar not null,
  environment varchar not null,
  duplicates ubigint not null,
  conflicts ubigint not null
);

insert into repeats
select 'default', '', duplicates, coalesce(conflicts, 0)
from journal_position
where duplicates > 0;
