-- question: Says of what a rule found that nothing is known of it now: the rule cannot run.
-- param: workspace text  whose
-- param: rule text       which
update alerts set state = 'no_data'
where workspace = $workspace and rule = $rule and state = 'firing';
