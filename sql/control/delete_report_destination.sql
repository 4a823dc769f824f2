-- question: Deletes a destination.
-- param: id text         which
-- param: workspace text  whose
delete from report_destinations where id = $id and workspace = $workspace;
