-- question: Ends what a rule found, without a word: it was switched off or is gone.
-- param: workspace text    whose
-- param: rule text         which
-- param: resolved_at text  now
update alerts set state = 'resolved', resolved_at = $resolved_at
where workspace = $workspace and rule = $rule and state <> 'resolved';
