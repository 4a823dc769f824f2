# Asks the policy each case's questions of that case's data.
package batch

answers := [row |
	some one in data.cases
	row := [decision |
		some question in one.asked
		decision := data.footprint.authz.decision with input as question with data.footprint.agents as one.agents
	]
]
