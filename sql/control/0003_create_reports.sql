-- Reports: what was run, when it is run again, and where it is sent.

-- grain: one row per run that was begun
-- params, counts, columns: JSON; body: the kept rows as JSON, null once they are forgotten
create table report_runs (
  id text primary key,
  workspace text not null,
  report text not null,
  title text not null,
  state text not null check (state in ('running', 'done', 'failed')),
  started_by text not null,
  schedule_id text,
  params text not null,
  digest text not null,
  started_at text not null,
  duration_ms integer,
  row_count integer,
  truncated integer not null default 0,
  counts text,
  columns text,
  error_code text,
  error text,
  body text
) strict;

create index report_runs_by_report on report_runs (workspace, report, started_at desc);

-- grain: one row per schedule; next_at: the instant at which it is due, claimed by moving it on
create table report_schedules (
  id text primary key,
  workspace text not null,
  report text not null,
  cron text not null,
  time_zone text not null,
  params text not null,
  formats text not null,
  destinations text not null,
  enabled integer not null,
  created_at text not null,
  next_at text,
  last_due_at text,
  last_run_id text
) strict;

create index report_schedules_by_due on report_schedules (enabled, next_at);

-- grain: one row per place that reports are sent to; secret: sealed with a key that lies elsewhere
create table report_destinations (
  id text primary key,
  workspace text not null,
  name text not null,
  kind text not null check (kind in ('folder', 'webhook', 'email')),
  settings text not null,
  secret text,
  created_at text not null,
  unique (workspace, name)
) strict;

-- grain: one row per run and destination
create table report_deliveries (
  run_id text not null references report_runs (id) on delete cascade,
  destination_id text not null,
  destination text not null,
  kind text not null,
  state text not null check (state in ('delivered', 'failed')),
  attempts integer not null,
  ended_at text not null,
  detail text not null,
  primary key (run_id, destination_id)
) strict;
