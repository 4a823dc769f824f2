-- question: Adds a destination.
-- param: id text          its id
-- param: workspace text   whose
-- param: name text        as people call it
-- param: kind text        folder, webhook or email
-- param: settings text    JSON, without secrets
-- param: secret text?     sealed
-- param: created_at text  now
insert into report_destinations (id, workspace, name, kind, settings, secret, created_at)
values ($id, $workspace, $name, $kind, $settings, $secret, $created_at);
