-- Alerts: what is wrong now, what was told of it and to whom, and what nobody wants to hear.

-- Destinations that hear every alert whose rule names none.
alter table report_destinations add column alerts integer not null default 0;

-- grain: one row per rule that was evaluated or set
-- destinations: JSON list of ids, null for all that are marked; failed_since: it cannot run since then
create table alert_rules (
  workspace text not null,
  rule text not null,
  enabled integer not null default 1,
  destinations text,
  evaluated_at text,
  evaluated_commit integer,
  digest text,
  failed_since text,
  error text,
  primary key (workspace, rule)
) strict;

-- grain: one row per rule and key that was ever wrong; told_at: when its firing was told last, null for never
create table alerts (
  id text primary key,
  workspace text not null,
  rule text not null,
  key text not null,
  state text not null check (state in ('pending', 'firing', 'no_data', 'resolved')),
  severity text not null,
  message text not null,
  environment text,
  agent text,
  session text,
  fingerprint text,
  permission text,
  began_at text not null,
  fired_at text,
  last_seen_at text not null,
  resolved_at text,
  told_at text,
  acknowledged_at text,
  acknowledged_by text,
  unique (workspace, rule, key)
) strict;

create index alerts_by_state on alerts (workspace, state, rule);

-- grain: one row per mute; a null says any
create table alert_mutes (
  id text primary key,
  workspace text not null,
  rule text,
  environment text,
  agent text,
  key text,
  until text not null,
  reason text not null,
  actor text not null,
  created_at text not null
) strict;

-- grain: one row per message; body: JSON; pending: JSON list of the destinations that it has yet to reach
create table alert_messages (
  id text primary key,
  workspace text not null,
  rule text not null,
  kind text not null check (kind in ('firing', 'still', 'resolved', 'failed', 'restored')),
  alerts integer not null,
  created_at text not null,
  body text not null,
  pending text not null
) strict;

create index alert_messages_by_time on alert_messages (workspace, created_at desc);

-- grain: one row per message and destination
create table alert_deliveries (
  message_id text not null references alert_messages (id) on delete cascade,
  destination_id text not null,
  destination text not null,
  kind text not null,
  state text not null check (state in ('delivered', 'failed')),
  attempts integer not null,
  ended_at text not null,
  detail text not null,
  primary key (message_id, destination_id)
) strict;
