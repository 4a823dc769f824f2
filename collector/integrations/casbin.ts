// casbin: records what an enforcer decides; `enforceEx` tells the matched rule as well.
import type { Method } from '../decided.ts';
import { observeOne, recording } from '../decided.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { guard } from '../guard.ts';
import { field, text, textField } from '../read.ts';
import type { Answer, AuthorizationRequest } from '../types.ts';

export { decisionOf } from '../decided.ts';

/** A request's values by the names of the model's request definition, mostly `sub`, `obj`, `act` and `dom`. */
export type CasbinCall = Readonly<Record<string, unknown>>;
/** `enforce` gives a boolean; `enforceEx` also the rule that determined it, empty where none did. */
export type CasbinResult = boolean | [boolean, string[]];

export type CasbinOptions = EngineOptions<CasbinCall, CasbinResult>;

/** What most models declare, where a model's own definition cannot be read. */
const USUAL = ['sub', 'obj', 'act'];

const namesOf = (enforcer: object, section: string): string[] => {
  const model: unknown = (enforcer as { getModel?: () => unknown }).getModel?.();
  const sections = field(model, 'model') as Map<string, Map<string, unknown>> | undefined;
  const tokens = field(sections?.get('r')?.get(section), 'tokens');
  return Array.isArray(tokens)
    ? tokens.map((token) => String(token).slice(section.length + 1))
    : USUAL;
};

/** The values of a request by name; a first value that is an EnforceContext chooses another definition. */
const callOf = (enforcer: object, args: readonly unknown[]): CasbinCall => {
  const section = textField(args[0], 'rType');
  const values = section === undefined ? args : args.slice(1);
  const names = namesOf(enforcer, section ?? 'r');
  return Object.fromEntries(values.map((value, index) => [names[index] ?? String(index), value]));
};

/** A string, or the id or name of an attribute object. */
const nameOf = (value: unknown): string | undefined =>
  text(value) ?? textField(value, 'id') ?? textField(value, 'name') ?? textField(value, 'Name');

/** casbin's objects are often paths: their first part names the system. */
const systemOf = (name: string | undefined): string | undefined =>
  name?.split(/[/:]/).find((part) => part !== '');

const readCall = (call: CasbinCall): Read<AuthorizationRequest> => {
  const [subject, object] = [nameOf(call['sub']), nameOf(call['obj'])];
  return {
    permission: permissionOf(systemOf(object), nameOf(call['act'])),
    principal: principalOf(subject, undefined),
    resource: resourceOf(undefined, object),
  };
};

const readAnswer = (result: CasbinResult): Read<Answer> => {
  const [allowed, rule] = Array.isArray(result) ? result : [result, undefined];
  if (typeof allowed !== 'boolean') return {};
  const effect = allowed ? 'allow' : 'deny';
  if (!Array.isArray(rule)) return { effect, reason: allowed ? 'permitted' : 'denied' };
  if (rule.length === 0)
    return { effect, rules: [], reason: allowed ? 'default_allow' : 'default_deny' };
  return { effect, rules: [rule.join(', ')], reason: allowed ? 'permitted' : 'forbidden' };
};

/**
 * The enforcer with `enforce`, `enforceEx` and their synchronous forms recorded; `batchEnforce` is one decision for
 * each request. Only `enforceEx` knows the matched rule, which is recorded as `sub, obj, act, …`; without one the reason
 * is `default_deny` (`default_allow` where the model allows what nothing denies). The permission is `act`, behind the
 * first part of `obj` where it has no system.
 */
export const casbin = <T extends object>(enforcer: T, options: CasbinOptions = {}): T => {
  /** `skip` arguments before the request's values: a matcher is no part of the request. */
  const method =
    (skip: number): Method =>
    (args, evaluate) => {
      const call = guard('reading a call', () => callOf(enforcer, args.slice(skip)), {});
      const request = requestOf('casbin', call, readCall, options);
      return observeOne(request, evaluate, (told) => {
        const result = told as CasbinResult;
        return answerOf(readAnswer(result), result, call, options);
      });
    };
  const [plain, withMatcher] = [method(0), method(1)];
  return recording(enforcer, {
    enforce: plain,
    enforceSync: plain,
    enforceWithSyncCompile: plain,
    enforceEx: plain,
    enforceExSync: plain,
    enforceWithMatcher: withMatcher,
    enforceExWithMatcher: withMatcher,
  });
};
