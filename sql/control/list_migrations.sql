-- question: Which migrations were applied?
select name, checksum from migrations order by name;
