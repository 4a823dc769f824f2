-- question: Whose evidence decides what is proposed of these agents?
-- grain: one row per agent of these and of those that hold by a source's own name by which one of these holds too
-- param: workspace text      the tenant
-- param: environment text?   one environment, or null for all
-- param: agent text[]        these agents
-- param: limit integer       rows at most
-- column: agent text         its name
select agent from circle_of($workspace, $environment, $agent) order by agent limit $limit;
