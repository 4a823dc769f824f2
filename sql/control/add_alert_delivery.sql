-- question: Keeps how sending a message ended.
-- param: message_id text      which
-- param: destination_id text  to where
-- param: destination text     its name then
-- param: kind text            folder, webhook or email
-- param: state text           delivered or failed
-- param: attempts integer     how often it was tried
-- param: ended_at text        when it ended
-- param: detail text          the last answer, without secrets
insert into alert_deliveries (message_id, destination_id, destination, kind, state, attempts, ended_at, detail)
values ($message_id, $destination_id, $destination, $kind, $state, $attempts, $ended_at, $detail)
on conflict (message_id, destination_id) do update set state = excluded.state,
  attempts = attempts + excluded.attempts, ended_at = excluded.ended_at, detail = excluded.detail;
