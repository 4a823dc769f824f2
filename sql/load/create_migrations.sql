-- The table of applied migrations, in which the first migration is recorded too.
create table if not exists migrations (
  name varchar not null,
  checksum varchar not null
);
