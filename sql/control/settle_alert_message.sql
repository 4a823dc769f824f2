-- question: Says whom a message has yet to reach.
-- param: id text       which
-- param: pending text  JSON list of destinations
update alert_messages set pending = $pending where id = $id;
