-- question: Forgets what was told long ago.
-- param: workspace text  whose
-- param: before text     what was told before
delete from alert_messages where workspace = $workspace and created_at < $before;
