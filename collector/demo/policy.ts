// An agent's policies, evaluated by the real Cedar engine in this process and recorded by @footprint/collector/cedar.
import * as wasm from '@cedar-policy/cedar-wasm/nodejs';
import { cedar, decisionOf } from '../integrations/cedar.ts';
import type { AuthorizationRequest, Decision } from '../index.ts';

/** Cedar policies by name. A permit whose name begins with `ask-` also wants a person's approval. */
export type Policies = Readonly<Record<string, string>>;

export interface Question {
  principal: { type: 'Agent' | 'User'; id: string };
  server: string;
  tool: string;
  /** What the rules may look at. A number that is not whole is none that Cedar knows: it cannot evaluate. */
  context?: Record<string, unknown>;
  /** What the record says besides: the token, whose behalf, the tool call, shadow. */
  about?: Partial<AuthorizationRequest>;
}

export interface Policy {
  decide: (question: Question) => Decision;
  /** The permissions on a server's tools that some rule gives. */
  permitted: (principal: Question['principal'], server: string, tools: string[]) => string[];
}

const quoted = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(', ');

const schemaOf = (tools: readonly string[]): string => `
entity Agent, User, Server;
action ${quoted(tools)} appliesTo {
  principal: [Agent, User], resource: [Server], context: { "amount"?: Long }
};`;

const parse = (answer: { type: string; errors?: { message: string }[] }): void => {
  if (answer.type !== 'failure') return;
  throw new Error((answer.errors ?? []).map(({ message }) => message).join('; '));
};

const callOf = (set: string, { principal, server, tool, context = {} }: Question) => ({
  principal,
  action: { type: 'Action', id: tool },
  resource: { type: 'Server', id: server },
  context: context as never,
  entities: [],
  preparsedPolicySetId: set,
  preparsedSchemaName: set,
  validateRequest: true,
});

/** Parses schema and policies once; the engine would else parse them at each decision. */
export const loadPolicy = (options: {
  id: string;
  version: string;
  tools: readonly string[];
  policies: Policies;
}): Policy => {
  const { id, version, tools, policies } = options;
  const set = `${id}@${version}`;
  parse(wasm.preparseSchema(set, schemaOf(tools)));
  parse(wasm.preparsePolicySet(set, { staticPolicies: policies }));
  const decide = (question: Question): Decision => {
    const engine = cedar(wasm, {
      policy: { id, version },
      request: () => ({
        permission: `mcp.${question.server}:${question.tool}`,
        action: question.tool,
        ...question.about,
      }),
      answer: (answer) => {
        const rules = answer.type === 'success' ? answer.response.diagnostics.reason : [];
        const allowed = answer.type === 'success' && answer.response.decision === 'allow';
        const asks = allowed && rules.some((rule) => rule.startsWith('ask-'));
        return asks ? { effect: 'require_approval' } : undefined;
      },
    });
    const answer = engine.statefulIsAuthorized(callOf(set, question));
    const decision = decisionOf(answer);
    if (decision === undefined) throw new Error('the decision was not recorded');
    return decision;
  };
  return {
    decide,
    permitted: (principal, server, names) =>
      names
        .filter((tool) => {
          const answer = wasm.statefulIsAuthorized(callOf(set, { principal, server, tool }));
          return answer.type === 'success' && answer.response.decision === 'allow';
        })
        .map((tool) => `mcp.${server}:${tool}`),
  };
};
