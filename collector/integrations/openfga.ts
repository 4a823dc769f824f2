// OpenFGA: records the checks of an @openfga/sdk client, one by one and in batches.
import type { Item, Method } from '../decided.ts';
import { observeMany, observeOne, recording } from '../decided.ts';
import type { EngineOptions, Read } from '../engine.ts';
import { answerOf, permissionOf, policyOf, principalOf, requestOf, resourceOf } from '../engine.ts';
import { guard } from '../guard.ts';
import { field, text, textField } from '../read.ts';
import type { Answer, AuthorizationRequest } from '../types.ts';

export { decisionOf } from '../decided.ts';

/** One question: does the user have this relation to the object? */
export interface OpenFgaCheck {
  user: string;
  relation: string;
  object: string;
}

/** The answer to one check, alone or in a batch. */
export interface OpenFgaAnswer {
  allowed?: boolean;
  /** In a batch: why this one could not be evaluated. */
  error?: unknown;
}

export type OpenFgaOptions = EngineOptions<OpenFgaCheck, OpenFgaAnswer>;

/** `type:id`, or a type alone. */
const split = (name: unknown): [string | undefined, string | undefined] => {
  const [, type, id] = /^([^:]*):(.*)$/s.exec(text(name) ?? '') ?? [];
  return type === undefined ? [undefined, text(name)] : [type, text(id)];
};

const readCheck = (check: OpenFgaCheck): Read<AuthorizationRequest> => {
  const [type, id] = split(check.object);
  return {
    permission: permissionOf(type, text(check.relation)),
    principal: principalOf(check.user, split(check.user)[0]),
    resource: resourceOf(type, id),
    remote: true,
  };
};

/** The relation of the model determines an allow; a deny is the lack of any path to it. */
const readAnswer = (check: OpenFgaCheck, answer: unknown): Read<Answer> => {
  const allowed = field(answer, 'allowed');
  if (typeof allowed !== 'boolean' || field(answer, 'error') !== undefined) return {};
  if (!allowed) return { effect: 'deny', rules: [], reason: 'default_deny' };
  const [type = '?'] = split(check.object);
  return { effect: 'allow', rules: [`${type}#${check.relation}`], reason: 'permitted' };
};

/**
 * The client with `check` and `batchCheck` recorded, a span each question; `clientBatchCheck` and `listRelations` ask by
 * `check`. The policy is the store, its version the authorization model's id where the client or the call names one. An
 * allow has the relation as rule (`document#viewer`), a deny reason `default_deny`. The permission is the relation, behind
 * the object's type.
 */
export const openfga = <T extends object>(client: T, options: OpenFgaOptions = {}): T => {
  const requestFor = (check: OpenFgaCheck, how: unknown): AuthorizationRequest => {
    const store = textField(how, 'storeId') ?? textField(client, 'storeId');
    const model =
      textField(how, 'authorizationModelId') ?? textField(client, 'authorizationModelId');
    const policy = policyOf(store, model);
    return requestOf('openfga', check, (call) => ({ ...readCheck(call), policy }), options);
  };
  const check: Method = ([body, how], evaluate) => {
    const asked = body as OpenFgaCheck;
    return observeOne(requestFor(asked, how), evaluate, (result) =>
      answerOf(readAnswer(asked, result), result as OpenFgaAnswer, asked, options),
    );
  };
  const batchCheck: Method = ([body, how], evaluate) => {
    const checks = guard(
      'reading checks',
      () => [...(field(body, 'checks') as OpenFgaCheck[])],
      [],
    );
    const items = checks.map((asked): Item => {
      // The client gives each question a correlation id and answers in any order, with the question itself.
      const part = (result: unknown): unknown =>
        (field(result, 'result') as unknown[]).find((one) => field(one, 'request') === asked);
      return {
        request: requestFor(asked, how),
        part,
        read: (result) => {
          const answer = part(result);
          return answerOf(readAnswer(asked, answer), answer as OpenFgaAnswer, asked, options);
        },
      };
    });
    return observeMany(items, evaluate);
  };
  return recording(client, { check, batchCheck });
};
