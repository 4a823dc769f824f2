-- question: Forgets an alert that never fired.
-- param: id text  which
delete from alerts where id = $id;
