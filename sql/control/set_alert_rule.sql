-- question: Switches a rule on or off, and says whom it tells.
-- param: workspace text      whose
-- param: rule text           which
-- param: enabled integer     1 where it is evaluated
-- param: destinations text?  JSON list of ids, null for all that are marked
insert into alert_rules (workspace, rule, enabled, destinations)
values ($workspace, $rule, $enabled, $destinations)
on conflict (workspace, rule) do update set
  enabled = excluded.enabled, destinations = excluded.destinations, evaluated_at = null;
