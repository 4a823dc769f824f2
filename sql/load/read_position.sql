-- How far the journal is loaded.
select segment, next_offset, commits, spans, duplicates, conflicts from journal_position;
