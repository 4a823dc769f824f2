-- question: Notes that a rule was evaluated, and how that went.
-- param: workspace text            whose
-- param: rule text                 which
-- param: evaluated_at text         now
-- param: evaluated_commit integer  the store's commits then
-- param: digest text               of the file
-- param: failed_since text?        it cannot run since then
-- param: error text?               why not
insert into alert_rules (workspace, rule, evaluated_at, evaluated_commit, digest, failed_since, error)
values ($workspace, $rule, $evaluated_at, $evaluated_commit, $digest, $failed_since, $error)
on conflict (workspace, rule) do update set
  evaluated_at = excluded.evaluated_at, evaluated_commit = excluded.evaluated_commit,
  digest = excluded.digest, failed_since = excluded.failed_since, error = excluded.error;
