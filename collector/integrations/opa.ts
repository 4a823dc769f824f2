// OPA: asks a server by its Data API, or evaluates a policy compiled to wasm, and records what Rego decided.
import { authorize } from '../authorize.ts';
import { observeOne, recording } from '../decided.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, policyOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { field, oneOf, text, textField, texts } from '../read.ts';
import type { RemoteOptions } from '../remote.ts';
import { post } from '../remote.ts';
import type { Answer, AuthorizationRequest, Decision } from '../types.ts';

export { decisionOf } from '../decided.ts';

const EFFECTS = ['allow', 'deny', 'require_approval', 'not_applicable'] as const;

/** `options.request` is given the input; `options.answer` the policy's result, undefined where it has none. */
export type OpaOptions = EngineOptions<unknown, unknown>;

/** A decision with the policy's own result, absent where there was none. */
export interface OpaDecision extends Decision {
  readonly result?: unknown;
}

/** Asks for one decision; `more` tells what this one has besides, for example a credential. Never rejects. */
export type OpaClient = (
  input: unknown,
  more?: Partial<AuthorizationRequest>,
) => Promise<OpaDecision>;

/** A part of an input that is a name, or an object with an id, a name or a type, as AuthZEN and most policies have it. */
const nameOf = (value: unknown): string | undefined =>
  text(value) ?? textField(value, 'id') ?? textField(value, 'name');

const readInput = (input: unknown): Read<AuthorizationRequest> => {
  const subject =
    field(input, 'subject') ??
    field(input, 'principal') ??
    field(input, 'user') ??
    field(input, 'agent');
  const resource = field(input, 'resource') ?? field(input, 'object');
  const [type, id] = [textField(resource, 'type'), nameOf(resource)];
  return {
    permission: permissionOf(type, nameOf(field(input, 'action'))),
    principal: principalOf(nameOf(subject), textField(subject, 'type')),
    resource: resourceOf(type, id),
  };
};

/**
 * What a result of Rego says: a boolean; an object with `allow` (or `allowed`) or `effect`, and `rules` and `reason` where
 * the policy tells them; undefined, which is no rule for this input. Anything else is no decision.
 */
const readResult = (result: unknown): Read<Answer> => {
  if (result === undefined) return { effect: 'not_applicable', rules: [], reason: 'undefined' };
  const told =
    typeof result === 'boolean' ? result : (field(result, 'allow') ?? field(result, 'allowed'));
  const effect =
    oneOf(field(result, 'effect'), EFFECTS) ??
    (typeof told === 'boolean' ? (told ? 'allow' : 'deny') : undefined);
  if (effect === undefined) return {};
  const rules = field(result, 'rules');
  return {
    effect,
    rules: Array.isArray(rules) ? texts(rules) : undefined,
    reason:
      textField(result, 'reason') ??
      (effect === 'allow' ? 'permitted' : effect === 'deny' ? 'denied' : undefined),
  };
};

/** The revisions of the bundles that decided, which OPA tells where it is asked for provenance. */
const revisionOf = (response: unknown): string | undefined => {
  const bundles = field(field(response, 'provenance'), 'bundles');
  const revisions = Object.values(bundles ?? {}).flatMap(
    (bundle) => textField(bundle, 'revision') ?? [],
  );
  return revisions.length === 0 ? undefined : revisions.sort().join(',');
};

/**
 * A client of the OPA server at `url` that asks `path` (`authz/decision`) by `POST /v1/data/…`. The decision's id is OPA's
 * own where it logs decisions, so that its decision log can be joined; the policy is the path, its version the bundles'
 * revision. A server that is away, slow or answers no decision gives effect `error`; a policy without a rule for the
 * input gives `not_applicable`.
 */
export const opa = (
  url: string,
  { path, ...options }: OpaOptions & RemoteOptions & { path: string },
): OpaClient => {
  const id = path.replace(/^\/+|\/+$/g, '');
  const where = `${url.replace(/\/+$/, '')}/v1/data/${id.split('/').map(encodeURIComponent).join('/')}`;
  return async (input, more = {}) => {
    let result: unknown;
    const request = { ...requestOf('opa', input, readInput, options), remote: true, ...more };
    const decision = await authorize(request, async () => {
      const response = await post(`${where}?provenance=true`, { input }, options);
      result = field(response, 'result');
      const read = {
        ...readResult(result),
        decision_id: textField(response, 'decision_id'),
        policy: policyOf(id, revisionOf(response)),
      };
      // What is no answer is recorded as effect `error`.
      return answerOf(read, result, input, options) as Answer;
    });
    return result === undefined ? decision : { ...decision, result };
  };
};

/**
 * A policy that `loadPolicy` of @open-policy-agent/opa-wasm gave, with `evaluate` recorded. The policy's id is the
 * entrypoint, where it is named; a compiled policy tells no version, so `options.policy` does.
 */
export const opaWasm = <T extends object>(policy: T, options: OpaOptions = {}): T => {
  const entrypointOf = (entrypoint: unknown): string | undefined => {
    if (typeof entrypoint === 'string') return entrypoint;
    const known = Object.entries(field(policy, 'entrypoints') ?? {});
    return known.find(([, index]) => index === (entrypoint ?? 0))?.[0];
  };
  return recording(policy, {
    evaluate: ([input, entrypoint], evaluate) => {
      const request = requestOf(
        'opa',
        input,
        (told) => ({ ...readInput(told), policy: policyOf(entrypointOf(entrypoint)) }),
        options,
      );
      return observeOne(request, evaluate, (results) => {
        const result = field(field(results, '0'), 'result');
        const read = Array.isArray(results) ? readResult(result) : {};
        return answerOf(read, result, input, options);
      });
    },
  });
};
