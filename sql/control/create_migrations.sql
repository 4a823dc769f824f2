-- Which files of sql/control were applied, and what they were then.
create table if not exists migrations (name text primary key, checksum text not null) strict;
