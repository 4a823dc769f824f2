-- Clocks that cannot be right: such a span counts when it came, and what it told stays beside it.

-- told_at: the start as the span told it, where that or its end cannot be; null for all others
alter table spans add column told_at timestamp;
