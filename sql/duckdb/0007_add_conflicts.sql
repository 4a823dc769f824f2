-- Spans that came again under the same id with other content: the first is kept, the others are counted.

alter table journal_position add column conflicts ubigint default 0;
