-- question: Keeps a message that is to be sent.
-- param: id text          its id
-- param: workspace text   whose
-- param: rule text        of which rule
-- param: kind text        firing, still, resolved, failed or restored
-- param: alerts integer   how many alerts it tells of
-- param: created_at text  now
-- param: body text        JSON: what it tells
-- param: pending text     JSON list of destinations
insert into alert_messages (id, workspace, rule, kind, alerts, created_at, body, pending)
values ($id, $workspace, $rule, $kind, $alerts, $created_at, $body, $pending);
