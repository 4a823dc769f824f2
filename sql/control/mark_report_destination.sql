-- question: Says whether a destination hears alerts.
-- param: workspace text  whose
-- param: id text         which
-- param: alerts integer  1 where it does
update report_destinations set alerts = $alerts where workspace = $workspace and id = $id;
