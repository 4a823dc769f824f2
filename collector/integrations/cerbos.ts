// Cerbos: records what a @cerbos/http or @cerbos/grpc client is answered, one decision for each resource and action.
import { randomUUID } from 'node:crypto';
import type { Item, Method } from '../decided.ts';
import { observeMany, recording } from '../decided.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, policyOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { guard } from '../guard.ts';
import { field, oneOf, text, textField } from '../read.ts';
import type { Answer, AuthorizationRequest } from '../types.ts';
import type { AuthzenClient, AuthzenOptions } from './authzen.ts';
import { authzen } from './authzen.ts';

export { decisionOf } from '../decided.ts';

/** One action on one resource, as it was asked. */
export interface CerbosCheck {
  principal: { id: string; roles: string[] };
  resource: { kind: string; id: string; policyVersion?: string; scope?: string };
  action: string;
}

/** A resource's part of the response: the effect of each action, what matched, and the outputs of rules. */
export interface CerbosResult {
  resource: { kind: string; id: string };
  actions: Record<string, string>;
  metadata?:
    { actions: Record<string, { matchedPolicy: string; matchedScope: string }> } | undefined;
  outputs?: { action?: string; source: string; value?: unknown }[];
}

export type CerbosOptions = EngineOptions<CerbosCheck, CerbosResult>;

/** What Cerbos says matched where no policy did. */
const NO_MATCH = 'NO_MATCH';
/** Where Cerbos' AuthZEN endpoint takes the id that its audit log keeps. */
const REQUEST_ID = 'cerbos.requestId';
const EFFECTS: Record<string, Answer['effect']> = {
  EFFECT_ALLOW: 'allow',
  EFFECT_DENY: 'deny',
  EFFECT_NO_MATCH: 'not_applicable',
};

const readCheck = ({ principal, resource, action }: CerbosCheck): Read<AuthorizationRequest> => ({
  permission: permissionOf(resource.kind, action),
  principal: principalOf(principal.id, oneOf(principal.roles[0], ['user', 'agent', 'service'])),
  resource: resourceOf(text(resource.kind), text(resource.id)),
  remote: true,
});

/** `resource.tool.vdefault`, with `/scope` where there is one: the version stands behind the last `.v`. */
const VERSION = /\.v([^./]+)(?:\/|$)/;

const readAnswer = (action: string, result: unknown): Read<Answer> => {
  const effect = EFFECTS[textField(field(result, 'actions'), action) ?? ''];
  if (effect === undefined) return {};
  const metadata = field(field(field(result, 'metadata'), 'actions'), action);
  const matched = textField(metadata, 'matchedPolicy');
  if (matched === NO_MATCH) return { effect, rules: [], reason: 'default_deny' };
  const told = { effect, reason: effect === 'allow' ? 'permitted' : 'denied' };
  if (matched === undefined) return told;
  return { ...told, rules: [matched], policy: policyOf(matched, VERSION.exec(matched)?.[1]) };
};

const checksOf = (body: unknown): CerbosCheck[] => {
  const { principal, resources } = body as {
    principal: CerbosCheck['principal'];
    resources: { resource: CerbosCheck['resource']; actions: string[] }[];
  };
  return resources.flatMap(({ resource, actions }) =>
    actions.map((action) => ({ principal, resource, action })),
  );
};

const resultOf = (response: unknown, { resource }: CerbosCheck): unknown => {
  const same = (one: unknown, key: 'policyVersion' | 'scope'): boolean =>
    resource[key] === undefined || field(one, key) === resource[key];
  return (field(response, 'results') as unknown[]).find((one) => {
    const found = field(one, 'resource');
    return (
      field(found, 'kind') === resource.kind &&
      field(found, 'id') === resource.id &&
      same(found, 'policyVersion') &&
      same(found, 'scope')
    );
  });
};

/**
 * The client with `checkResources` recorded, and so `checkResource` and `isAllowed`, which call it. The decision's id is
 * the request's (`requestId`, one of ours where none is given), by which Cerbos' audit log tells of the same call; where
 * a call asks for several, `#0`, `#1`, … follow it in the order of resources and actions. The matched policy is asked for
 * (`includeMetadata`) unless the call says no. The permission is the action, behind the resource's kind where it has no
 * system.
 */
export const cerbos = <T extends object>(client: T, options: CerbosOptions = {}): T => {
  const checkResources: Method = ([body, how, ...rest], evaluate) => {
    const checks = guard('reading checks', () => checksOf(body), []);
    const requestId = textField(body, 'requestId') ?? randomUUID();
    const items = checks.map((check, index): Item => {
      const part = (response: unknown): unknown => resultOf(response, check);
      return {
        request: requestOf('cerbos', check, readCheck, options),
        part,
        read: (response) => {
          const result = part(response);
          const decision_id = checks.length === 1 ? requestId : `${requestId}#${index}`;
          const read = { ...readAnswer(check.action, result), decision_id };
          return answerOf(read, result as CerbosResult, check, options);
        },
      };
    });
    const asked =
      checks.length === 0
        ? body
        : {
            ...(body as object),
            requestId,
            includeMetadata: field(body, 'includeMetadata') ?? true,
          };
    return observeMany(items, () => evaluate([asked, how, ...rest]));
  };
  return recording(client, { checkResources });
};

/**
 * Cerbos' AuthZEN endpoint at `url`: `authzen` whose request id reaches Cerbos' audit log as `requestId`. Roles are told
 * in the subject's properties, as `cerbos.roles`. It answers with a bare decision: no policy and no rule.
 */
export const cerbosAuthzen = (url: string, options: AuthzenOptions = {}): AuthzenClient =>
  authzen(url, { engine: 'cerbos', context_id: REQUEST_ID, ...options });
