# METADATA
# description: What the desk's agent may do, with the rules that determined it.
package authz

rules contains "read-anything" if input.action.name == "read"

rules contains "send-approved" if {
	input.action.name == "send"
	input.context.approved
}

forbidden contains "never-delete" if input.action.name == "delete"

allow if {
	count(rules) > 0
	count(forbidden) == 0
}

decision := {"allow": false, "rules": sort(forbidden), "reason": "forbidden"} if count(forbidden) > 0

else := {"allow": true, "rules": sort(rules), "reason": "permitted"} if allow

else := {"allow": false, "rules": [], "reason": "default_deny"} if input.action
