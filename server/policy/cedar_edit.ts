// Changes present Cedar policies in their own text: actions leave the agent's own permits, all else is forbidden to it.
import { changedText } from './cedar_cuts.ts';
import { cedarCondition, cedarResource } from './cedar_words.ts';
import { parseCedar } from './cedar_parse.ts';
import type { CedarStatement, Entity, Scope } from './cedar_parse.ts';
import { covers, isPattern } from './pattern.ts';
import { conditionText } from './plan.ts';
import { cedarString, names, plain } from './say.ts';
import { leftOf } from './what_stays.ts';
import type { Left } from './what_stays.ts';
import type { Edit, Held, Plan, PolicyFile } from './types.ts';

/** Names of types as the present policies have them. */
interface Types {
  agent: string | undefined;
  action: string;
  resource: string | undefined;
}

type Refused = { refused: string };

export const editCedar = (plan: Plan, { text }: PolicyFile): Edit => {
  const statements = parseCedar(text);
  if (statements === null) return { refused: 'Its statements are not understood.' };
  const types = typesOf(statements, plan.agent);
  const gone = new Map<CedarStatement, Map<Entity, Entity[]>>();
  const added: string[] = [];
  const notes: string[] = [];
  const missing: string[] = [];
  const forbidden: string[] = [];
  for (const left of leftOf(plan)) {
    const met = statements.filter((one) => mayAllow(one, left, plan));
    if (met.length === 0) {
      missing.push(left.change.permission);
      continue;
    }
    const own = met.filter((one) => isOwn(one, left, plan));
    for (const one of own) takeOut(one, left, gone, types);
    const permits = own.length === 0 ? [] : permitsOf(left, own, plan, types);
    if ('refused' in permits) return permits;
    added.push(...permits);
    if (own.length === met.length) continue;
    const { permission } = left.change;
    const named = statements
      .flatMap(({ action }) => entities(action))
      .some(({ id }) => id === permission);
    if (isPattern(permission) && permission !== '*' && !named)
      return { refused: `It names no group of actions for ${names([permission])}.` };
    const forbid = forbidOf(left, plan, types);
    if (typeof forbid !== 'string') return forbid;
    added.push(forbid);
    forbidden.push(left.change.permission);
  }
  if (forbidden.length > 0)
    notes.push(
      `Policies that allow more than ${names(forbidden)}, or to more than this agent, stay; a forbid takes these out for this agent.`,
    );
  if (missing.length > 0) notes.push(`Not permitted by the present policy: ${names(missing)}.`);
  if (plan.changes.length > missing.length)
    notes.push(
      'Validate it with your schema: an action or context that the schema lacks is refused there.',
    );
  const changed = changedText({ text, statements, gone, added, plan });
  return changed === null
    ? { refused: 'Changed in its own text it would not say what is meant.' }
    : { text: changed, notes };
};

const entities = (scope: Scope): Entity[] => ('entities' in scope ? scope.entities : []);

const typesOf = (statements: readonly CedarStatement[], agent: string): Types => ({
  agent: statements
    .flatMap(({ principal }) => (principal.op === '==' ? principal.entities : []))
    .find(({ id }) => id === agent)?.type,
  action: statements.flatMap(({ action }) => entities(action))[0]?.type ?? 'Action',
  resource: statements.flatMap(({ resource }) => (resource.op === '==' ? resource.entities : []))[0]
    ?.type,
});

const isAgent = ({ principal }: CedarStatement, agent: string): boolean =>
  principal.op === '==' && principal.entities[0]?.id === agent;

/** Whether a permit may allow the agent some of it. */
const mayAllow = (one: CedarStatement, { change }: Left, plan: Plan): boolean => {
  const { effect, principal, action, resource } = one;
  if (effect === 'forbid' || (principal.op === '==' && !isAgent(one, plan.agent))) return false;
  if (resource.op === '==' && !covers(change.resource_pattern, resource.entities[0]?.id ?? ''))
    return false;
  if (!('entities' in action)) return true;
  return action.entities.some(
    ({ id }) =>
      covers(change.permission, id) ||
      covers(id, change.permission) ||
      // What is no permission that is known may be a group of them.
      (action.op === 'in' && !plan.known.includes(id)),
  );
};

/** Whether it is this agent's alone and names no more than the change on no more resources. */
const isOwn = (one: CedarStatement, { change }: Left, plan: Plan): boolean => {
  if (!isAgent(one, plan.agent) || !('entities' in one.action)) return false;
  if (change.resource_pattern !== '*' && one.resource.op !== '==') return false;
  return one.action.entities.every(
    ({ id }) => covers(change.permission, id) || plan.known.includes(id),
  );
};

/** Takes the actions out of one statement; what stays of a group takes its place. */
const takeOut = (
  one: CedarStatement,
  { change, kept }: Left,
  gone: Map<CedarStatement, Map<Entity, Entity[]>>,
  types: Types,
): void => {
  const out = gone.get(one) ?? new Map<Entity, Entity[]>();
  const target = one.resource.op === '==' ? (one.resource.entities[0]?.id ?? '') : '*';
  for (const entity of entities(one.action)) {
    if (!covers(change.permission, entity.id)) continue;
    const here = kept.filter(
      (held) => covers(entity.id, held.permission) && covers(held.resource_pattern, target),
    );
    if (here.some(({ permission }) => covers(permission, entity.id))) continue;
    out.set(
      entity,
      here.map(({ permission }) => ({ ...entity, type: types.action, id: permission })),
    );
  }
  if (out.size > 0) gone.set(one, out);
};

/** Permits for what stays on fewer resources or under a condition. */
const permitsOf = (
  { change, kept, bound }: Left,
  own: readonly CedarStatement[],
  plan: Plan,
  types: Types,
): string[] | Refused => {
  const targets = own.map(({ resource }) => entities(resource)[0]?.id ?? '*');
  const less = kept.filter((held) => targets.some((id) => !covers(held.resource_pattern, id)));
  const needed = [...less, ...bound];
  if (needed.length > 0 && own.some(({ clauses }) => clauses))
    return {
      refused: `What stays of ${names([change.permission])} would lose the \`when\` or \`unless\` of its policy.`,
    };
  const permits = needed.map((held) => permitOf(held, plan, types));
  if (permits.includes(null))
    return {
      refused: `It names no type of resource that ${names([change.permission])} could be narrowed to.`,
    };
  return permits.filter((one) => one !== null);
};

const permitOf = (held: Held, { agent }: Plan, types: Types): string | null => {
  const resource = cedarResource(held.resource_pattern, types.resource);
  if (resource === null || isPattern(held.permission)) return null;
  const conditions = cedarCondition(held);
  const when = conditions.length === 0 ? '' : `\nwhen { ${conditions.join(' && ')} }`;
  const tier = held.ask_first === undefined ? '' : `@tier(${cedarString(held.ask_first)})\n`;
  const told = conditionText(held);
  return `// ${plain(held.permission)}${told === '' ? '' : `: ${told}`}
${tier}permit (
  principal == ${types.agent ?? 'Agent'}::${cedarString(agent)},
  action == ${types.action}::${cedarString(held.permission)},
  ${resource}
)${when};
`;
};

const forbidOf = (
  { change, kept, bound }: Left,
  { agent }: Plan,
  types: Types,
): string | Refused => {
  const told = names([change.permission]);
  if (types.agent === undefined)
    return { refused: `It grants ${told} and does not name the agent, so its type is not known.` };
  const resource = cedarResource(change.resource_pattern, types.resource);
  if (resource === null)
    return { refused: `It names no type of resource on which ${told} could be forbidden.` };
  const same = (held: Held): boolean => covers(held.resource_pattern, change.resource_pattern);
  if (![...kept, ...bound].every(same))
    return { refused: `What stays of ${told} is on fewer resources than its policies are for.` };
  const id = (permission: string): string => `${types.action}::${cedarString(permission)}`;
  const unless = [
    ...(kept.length === 0
      ? []
      : [`action in [${kept.map((held) => id(held.permission)).join(', ')}]`]),
    ...bound.map((held) =>
      [`action == ${id(held.permission)}`, ...cedarCondition(held)].join(' && '),
    ),
  ];
  const action =
    change.permission === '*'
      ? 'action'
      : `action ${isPattern(change.permission) ? 'in' : '=='} ${id(change.permission)}`;
  return `// ${plain(change.permission)} taken out (${plain(change.recommendation)}): ${plain(change.evidence)}
forbid (
  principal == ${types.agent}::${cedarString(agent)},
  ${action},
  ${resource}
)${unless.length === 0 ? '' : `\nunless { ${unless.map((one) => `(${one})`).join(' || ')} }`};
`;
};
