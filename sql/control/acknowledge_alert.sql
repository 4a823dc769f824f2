-- question: Notes that somebody has seen an alert and works on it.
-- param: workspace text        whose
-- param: id text               which
-- param: acknowledged_at text  now
-- param: acknowledged_by text  who
update alerts set acknowledged_at = $acknowledged_at, acknowledged_by = $acknowledged_by
where workspace = $workspace and id = $id and state in ('firing', 'no_data');
