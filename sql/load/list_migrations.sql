-- Applied migrations in their order.
select name, checksum from migrations order by name;
