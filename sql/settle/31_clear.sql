-- question: What of the last time must go before these traces settle again?
-- grain: deletes the rows of traces that settled before

create or replace temp table settling_again as
select workspace, trace_id from settling_traces where again;

delete from session_parts as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from permission_uses as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from decisions as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from token_events as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from grants as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from producer_parts as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
delete from quiet_traces as r using settling_again as a
where r.workspace = a.workspace and r.trace_id = a.trace_id;
