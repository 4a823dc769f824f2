// Cedar: records what `isAuthorized` and `statefulIsAuthorized` of @cedar-policy/cedar-wasm decide.
import type { Method } from '../decided.ts';
import { observeOne, recording } from '../decided.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, policyOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { field, oneOf, textField, texts } from '../read.ts';
import type { Answer, AuthorizationRequest } from '../types.ts';

export { decisionOf } from '../decided.ts';

/** The reason must stay short: so many policies that Cedar skipped are named in it. */
const MAX_SKIPPED = 4;

/** An entity's uid in either of the forms that Cedar takes. */
export type EntityUid = { type: string; id: string } | { __entity: { type: string; id: string } };

/** A call of `isAuthorized`, or of `statefulIsAuthorized`, which names policies that were parsed before. */
export interface CedarCall {
  principal: EntityUid;
  action: EntityUid;
  resource: EntityUid;
  preparsedPolicySetId?: string;
}

/** Cedar's answer; `failure` means that it could not evaluate at all. */
export type CedarAnswer =
  | {
      type: 'success';
      response: {
        decision: 'allow' | 'deny';
        diagnostics: { reason: string[]; errors: { policyId: string }[] };
      };
    }
  | { type: 'failure'; errors: { message: string }[] };

export type CedarOptions = EngineOptions<CedarCall, CedarAnswer>;

const uid = (entity: unknown): unknown => field(entity, '__entity') ?? entity;

const readCall = (call: CedarCall): Read<AuthorizationRequest> => {
  const [principal, action, resource] = [uid(call.principal), uid(call.action), uid(call.resource)];
  const [type, id] = [textField(resource, 'type'), textField(resource, 'id')];
  return {
    permission: permissionOf(type, textField(action, 'id')),
    principal: principalOf(textField(principal, 'id'), textField(principal, 'type')),
    resource: resourceOf(type, id),
    policy: policyOf(call.preparsedPolicySetId),
  };
};

/** Cedar skips a policy that fails, which can turn an allow into a quiet deny: the reason names it. */
const reasonOf = (allowed: boolean, rules: readonly string[], skipped: readonly string[]) => {
  const reason = allowed ? 'permitted' : rules.length > 0 ? 'forbidden' : 'default_deny';
  if (skipped.length === 0) return reason;
  const more = skipped.length > MAX_SKIPPED ? ',…' : '';
  return `${reason}; skipped ${skipped.slice(0, MAX_SKIPPED).join(',')}${more}`;
};

const readAnswer = (answer: CedarAnswer): Read<Answer> => {
  const response = field(answer, 'response');
  const diagnostics = field(response, 'diagnostics');
  const effect = oneOf(field(response, 'decision'), ['allow', 'deny']);
  const rules = texts(field(diagnostics, 'reason')) ?? [];
  const errors = field(diagnostics, 'errors');
  const skipped = (Array.isArray(errors) ? errors : []).map(
    (error) => textField(error, 'policyId') ?? '?',
  );
  return effect === undefined
    ? {}
    : { effect, rules, reason: reasonOf(effect === 'allow', rules, skipped) };
};

/**
 * The Cedar module with `isAuthorized` and `statefulIsAuthorized` recorded: the determining policies as rules; reason
 * `permitted`, `forbidden` or `default_deny`, followed by the policies that failed and were skipped. An answer of type
 * `failure` is effect `error`. The permission is the action's id, behind the resource's type where it has no system.
 */
export const cedar = <T extends object>(engine: T, options: CedarOptions = {}): T => {
  const method: Method = ([call], evaluate) => {
    const asked = call as CedarCall;
    const request = requestOf('cedar', asked, readCall, options);
    return observeOne(request, evaluate, (result) => {
      const answer = result as CedarAnswer;
      return answerOf(readAnswer(answer), answer, asked, options);
    });
  };
  return recording(engine, { isAuthorized: method, statefulIsAuthorized: method });
};
