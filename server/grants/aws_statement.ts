// One statement of an IAM policy: its parts checked and read, or why not.
import * as v from 'valibot';
import { isAction } from '../policy/aws_actions.ts';
import { actionOf, resourceOf, type Name } from './aws_names.ts';

const texts = v.union([
  v.pipe(
    v.string(),
    v.transform((one) => [one]),
  ),
  v.pipe(v.array(v.string()), v.minLength(1)),
]);
const told = v.object({
  Sid: v.optional(v.string(), ''),
  Effect: v.picklist(['Allow', 'Deny']),
  Action: v.optional(texts),
  NotAction: v.optional(texts),
  Resource: v.optional(texts),
  NotResource: v.optional(texts),
  Condition: v.optional(v.record(v.string(), v.record(v.string(), v.unknown()))),
});
/** What statements of identity policies hold; any other key makes the statement something else. */
const KEYS = new Set(Object.keys(told.entries));

export interface Statement {
  /** Where it stands, as a recommendation names it. */
  ref: string;
  effect: 'Allow' | 'Deny';
  actions: Name[];
  /** The actions named are those that are not meant. */
  not_action: boolean;
  resources: Name[];
  not_resource: boolean;
  /** Operators and keys of its conditions, without their values. */
  conditions: string[];
}

/** The statement, or what is wrong with it. `where` names its file; its line is taken where it has no Sid. */
export const readStatement = async (
  value: unknown,
  where: string,
  line: number | null,
): Promise<Statement | string> => {
  const place = line === null ? where : `${where}:${line}`;
  const answer = v.safeParse(told, value);
  if (!answer.success)
    return `${place} is no statement of an identity policy; nothing of it is read`;
  const strange = Object.keys(value as object).filter((key) => !KEYS.has(key));
  if (strange.length > 0)
    return `${place} holds ${strange.join(', ')}, which no identity policy has; nothing of it is read`;
  const { Sid, Effect, Action, NotAction, Resource, NotResource, Condition = {} } = answer.output;
  const ref = Sid === '' ? place : `${where}#${Sid}`;
  if ((Action === undefined) === (NotAction === undefined))
    return `${ref} needs either Action or NotAction; nothing of it is read`;
  if ((Resource === undefined) === (NotResource === undefined))
    return `${ref} needs either Resource or NotResource; nothing of it is read`;
  const actions = await Promise.all((Action ?? NotAction ?? []).map(actionOf));
  const wrong = actions.filter(({ pattern }) => !isAction(pattern)).length;
  if (wrong > 0) return `${ref} names ${wrong} thing(s) that are no action; nothing of it is read`;
  return {
    ref,
    effect: Effect,
    actions,
    not_action: Action === undefined,
    resources: (Resource ?? NotResource ?? []).map(resourceOf),
    not_resource: Resource === undefined,
    conditions: Object.entries(Condition).flatMap(([operator, keys]) =>
      Object.keys(keys).map((key) => `${operator} ${key}`),
    ),
  };
};
