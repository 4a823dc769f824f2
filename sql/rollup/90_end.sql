-- The touched rows are gathered.
truncate touched_sessions;
truncate touched_tokens;
truncate touched_spells;
truncate touched_days;
