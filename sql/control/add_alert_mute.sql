-- question: Adds a mute.
-- param: id text            its id
-- param: workspace text     whose
-- param: rule text?         of this rule
-- param: environment text?  in this environment
-- param: agent text?        of this agent
-- param: key text?          of this key
-- param: until text         until when
-- param: reason text        why
-- param: actor text         who
-- param: created_at text    now
insert into alert_mutes (id, workspace, rule, environment, agent, key, until, reason, actor, created_at)
values ($id, $workspace, $rule, $environment, $agent, $key, $until, $reason, $actor, $created_at);
