-- Who did what to the server itself: every administrative act, written in the transaction of its effect or before it.

-- grain: one row per act, in the order in which they were written
-- detail: JSON, without secrets; hash: SHA-256 over previous_hash and the row, so that a changed row shows
create table audit_log (
  seq integer primary key,
  workspace text not null,
  occurred_at text not null,
  actor text not null,
  action text not null,
  target text not null,
  detail text not null,
  previous_hash text not null,
  hash text not null unique
) strict;

create trigger audit_log_is_not_updated before update on audit_log
begin
  select raise(abort, 'the audit log is only added to');
end;

create trigger audit_log_is_not_deleted before delete on audit_log
begin
  select raise(abort, 'the audit log is only added to');
end;

create index audit_log_by_workspace on audit_log (workspace, seq);
