-- Decisions that an engine's own log tells: `logged` marks its spans, and the decisions that it told or told too.

alter table decision_spans add column logged boolean default false;
alter table decisions add column logged boolean default false;
