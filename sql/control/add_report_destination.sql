-- question: Adds a destination.
-- param: id text          its id
-- param: workspace text   whose
-- param: name text        as people call it
-- param: kind text        folder, webhook or email
-- param: settings text    JSON, without secrets
-- param: secret text?     sealed
-- param: alerts integer   1 where it hears alerts
-- param: created_at text  now
insert into report_destinations (id, workspace, name, kind, settings, secret, alerts, created_at)
values ($id, $workspace, $name, $kind, $settings, $secret, $alerts, $created_at);
