-- question: Ends a mute.
-- param: workspace text  whose
-- param: id text         which
delete from alert_mutes where workspace = $workspace and id = $id;
