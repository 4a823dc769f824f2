// Rego: one module that never changes, and what agents hold as data, so that no name stands in code.
import { editRego } from './rego_edit.ts';
import { isPattern, re2Of } from './pattern.ts';
import { jsonText, plain } from './say.ts';
import type { Format, Held, Plan, Written } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

const MODULE = `# Allows what data.footprint.agents holds for the agent that asks, and nothing else.
# Input, as in AuthZEN: subject.id is the agent, action.name the permission, resource.id the resource, and of
# context approved, just_in_time and goal, which whoever asks and is trusted must set, never the agent.
package footprint.authz

entry := data.footprint.agents[input.subject.id]

permitted contains held.rule if {
	some held in entry.held
	covers(held)
	count(unmet(held)) == 0
}

forbidden contains denied.rule if {
	some denied in entry.denied
	covers(denied)
}

# The conditions of a narrower permission bind what a wider one allows.
forbidden contains held.rule if {
	some held in entry.held
	held.binds
	covers(held)
	count(unmet(held)) > 0
}

# Only an approval is missing.
asks contains held.rule if {
	some held in entry.held
	covers(held)
	unmet(held) == {"approval"}
}

default allow := false

allow if {
	count(permitted) > 0
	count(forbidden) == 0
}

default effect := "deny"

effect := "allow" if allow

effect := "require_approval" if {
	not allow
	count(asks) > 0
	count(forbidden - asks) == 0
}

default rules := []

rules := sort(permitted) if effect == "allow"

rules := sort(asks) if effect == "require_approval"

rules := sort(forbidden) if effect == "deny"

decision := {"allow": allow, "effect": effect, "rules": rules}

covers(one) if {
	fits(one.permission, object.get(one, "permission_re2", null), input.action.name)
	fits(one.resource_pattern, object.get(one, "resource_re2", null), resource)
}

resource := object.get(input, ["resource", "id"], "")

fits("*", _, _)

fits(pattern, _, text) if pattern == text

fits(_, expression, text) if {
	expression != null
	regex.match(expression, text)
}

unmet(held) := {why | some why in ["approval", "just_in_time", "goal", "time"]; fails(held, why)}

fails(held, "approval") if {
	held.ask_first
	not input.context.approved == true
}

fails(held, "just_in_time") if {
	held.just_in_time
	not input.context.just_in_time == true
}

fails(held, "goal") if {
	held.goals
	not input.context.goal in held.goals
}

fails(held, "time") if {
	held.expires_at
	time.now_ns() >= time.parse_rfc3339_ns(held.expires_at)
}
`;

/** A pattern carries its expression, since Rego has no wildcard that crosses every character. */
const patterns = ({ permission, resource_pattern }: HeldPermission): Record<string, string> => ({
  permission,
  ...(needsExpression(permission) && { permission_re2: re2Of(permission) }),
  resource_pattern,
  ...(needsExpression(resource_pattern) && { resource_re2: re2Of(resource_pattern) }),
});

const needsExpression = (pattern: string): boolean => isPattern(pattern) && pattern !== '*';

export const regoHeld = (held: Held, binds: boolean): Record<string, unknown> => ({
  rule: `${held.permission}|${held.resource_pattern}`,
  ...patterns(held),
  ...(held.ask_first !== undefined && { ask_first: held.ask_first }),
  ...(held.just_in_time === true && { just_in_time: true }),
  ...(held.goals !== undefined && { goals: held.goals }),
  ...(held.expires_at !== undefined && { expires_at: held.expires_at }),
  ...(binds && { binds: true }),
});

/** What stands in the data below the agent's name. */
export const regoEntry = (plan: Plan): Record<string, unknown> => ({
  environment: plan.environment,
  held: plan.held.map((held) => regoHeld(held, plan.guards.includes(held))),
  denied: plan.denied.map((change) => ({
    rule: `not ${change.permission}|${change.resource_pattern}`,
    ...patterns(change),
    recommendation: plain(change.recommendation),
    evidence: plain(change.evidence),
  })),
});

const write = (plan: Plan): Written => ({
  files: [
    { name: 'policy.rego', text: MODULE },
    {
      name: 'data.json',
      // A name like __proto__ must stay a key like any other.
      text: jsonText({
        footprint: { agents: Object.fromEntries([[plan.agent, regoEntry(plan)]]) },
      }),
    },
  ],
  notes: [
    'Ask `data.footprint.authz.decision` (or `allow`); the data of several agents merge into one file.',
  ],
});

export const rego: Format = { write, edit: editRego };
