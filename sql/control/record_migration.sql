-- question: Remembers an applied migration.
-- param: name text       the file without its ending
-- param: checksum text   SHA-256 of its text
insert into migrations (name, checksum) values ($name, $checksum);
