-- Temporary resources: what a span made for its task, and what a span removed again.

-- grain: one row per span that makes or removes a temporary resource
-- event: made, cleanup; outcome and trigger are the cleanup's
create table resource_spans (
  workspace varchar not null,
  trace_id uuid not null,
  span_id ubigint not null,
  started_at timestamp not null,
  resource_type varchar not null,
  resource_id varchar not null,
  event varchar not null,
  expires_at timestamp,
  outcome varchar,
  "trigger" varchar,
  failed boolean not null
);
