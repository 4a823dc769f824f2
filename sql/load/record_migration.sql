-- One more migration is applied.
-- param: name text       file without its ending
-- param: checksum text   SHA-256 of the file
insert into migrations values ($name, $checksum);
