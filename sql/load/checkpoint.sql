-- Brings the write-ahead log of the small tables into the database file.
checkpoint;
