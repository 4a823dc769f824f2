// The desk assistant's policies, evaluated by the real Cedar engine in this process.
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Answer } from '../index.ts';

const SCHEMA = `
entity Agent;
entity Tool = { "server": String, "read_only": Bool };
action "call" appliesTo { principal: [Agent], resource: [Tool], context: { "inside": Bool } };
`;

/** Rules by name. What none of them permits falls to Cedar's default deny. */
const POLICIES = {
  'read-anything': `permit(principal, action, resource) when { resource.read_only };`,
  'write-notes': `permit(principal, action, resource == Tool::"write_file");`,
  remember: `permit(principal, action, resource) when { resource.server == "memory" };`,
  'never-forget': `forbid(principal, action, resource)
    when { [Tool::"delete_entities", Tool::"delete_observations", Tool::"delete_relations"].contains(resource) };`,
  'stay-inside': `forbid(principal, action, resource) unless { context.inside };`,
};
const VERSION = '2026-11';

export interface Request {
  agent: string;
  tool: string;
  server: string;
  readOnly: boolean;
  /** Whether every path in the call lies in the agent's folder. */
  inside: boolean;
}

/** Parses schema and policies once; the engine would else parse them at each decision. */
export const loadPolicies = (): void => {
  const parsed = [
    cedar.preparseSchema('desk', SCHEMA),
    cedar.preparsePolicySet('desk', { staticPolicies: POLICIES }),
  ];
  for (const answer of parsed) {
    if (answer.type === 'failure') throw new Error(answer.errors.map((e) => e.message).join('; '));
  }
};

/** Cedar's answer to one request, with the rules that determined it. Throws where Cedar cannot evaluate. */
export const decide = ({ agent, tool, server, readOnly, inside }: Request): Answer => {
  const uid = { type: 'Tool', id: tool };
  const answer = cedar.statefulIsAuthorized({
    principal: { type: 'Agent', id: agent },
    action: { type: 'Action', id: 'call' },
    resource: uid,
    context: { inside },
    preparsedPolicySetId: 'desk',
    preparsedSchemaName: 'desk',
    validateRequest: true,
    entities: [
      { uid: { type: 'Agent', id: agent }, attrs: {}, parents: [] },
      { uid, attrs: { server, read_only: readOnly }, parents: [] },
    ],
  });
  if (answer.type === 'failure') throw new Error(answer.errors.map((e) => e.message).join('; '));
  const { decision, diagnostics } = answer.response;
  const rules = diagnostics.reason;
  const failed = diagnostics.errors.map((error) => error.policyId);
  const allowed = decision === 'allow';
  // A policy that fails is skipped by Cedar, which can turn an allow into a quiet deny: say so.
  const skipped = failed.length > 0 ? 'policy_error' : undefined;
  const reason =
    skipped ?? (allowed ? 'permitted' : rules.length > 0 ? 'forbidden' : 'default_deny');
  return {
    effect: allowed ? 'allow' : 'deny',
    rules,
    reason,
    engine: 'cedar',
    policy: { id: 'desk', version: VERSION },
  };
};
