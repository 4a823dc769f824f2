-- How far the journal is loaded.
select segment, next_offset, commits, spans, duplicates from journal_position;
