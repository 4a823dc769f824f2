-- question: Ends an exemption.
-- param: workspace text          whose
-- param: environment text        where the agent runs
-- param: agent text              whose permission
-- param: permission text         as it is granted
-- param: resource_pattern text   of the grant
delete from exemptions
where workspace = $workspace and environment = $environment and agent = $agent
  and permission = $permission and resource_pattern = $resource_pattern;
