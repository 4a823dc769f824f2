-- question: Keeps how a delivery ended.
-- param: run_id text          of which run
-- param: destination_id text  to where
-- param: destination text     its name then
-- param: kind text            folder, webhook or email
-- param: state text           delivered or failed
-- param: attempts integer     how often it was tried
-- param: ended_at text        when it ended
-- param: detail text          the last answer, without secrets
insert or replace into report_deliveries (run_id, destination_id, destination, kind, state, attempts, ended_at, detail)
values ($run_id, $destination_id, $destination, $kind, $state, $attempts, $ended_at, $detail);
