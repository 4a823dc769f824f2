// Cedar: a permit for each permission held, a forbid for what was taken out of a wildcard, and their schema.
// Types are `Agent`, `Resource` (with its `id`, for patterns) and `Action` by the permission's own name.
import { editCedar } from './cedar_edit.ts';
import { cedarCondition } from './cedar_words.ts';
import { covers, isPattern } from './pattern.ts';
import { conditionText } from './plan.ts';
import { cedarInner, cedarString, names, plain } from './say.ts';
import type { Format, Held, Plan, Written } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

const action = (permission: string): string => `Action::${cedarString(permission)}`;

/** What stands in the scope for a permission; a wildcard is a group of actions, all of them are no constraint. */
const actionScope = (permission: string): string => {
  if (permission === '*') return 'action';
  return isPattern(permission)
    ? `action in ${action(permission)}`
    : `action == ${action(permission)}`;
};

const resourceScope = (pattern: string): string =>
  isPattern(pattern) ? 'resource' : `resource == Resource::${cedarString(pattern)}`;

const resourceTest = (pattern: string): string[] => {
  if (!isPattern(pattern) || pattern === '*') return [];
  const like = pattern.split('*').map(cedarInner).join('*');
  return [`resource.id like "${like}"`];
};

const clause = (word: 'when' | 'unless', expressions: readonly string[]): string =>
  expressions.length === 0
    ? ''
    : `\n${word} { ${expressions.map((one) => `(${one})`).join(' && ')} }`;

interface Statement extends HeldPermission {
  effect: 'permit' | 'forbid';
  id: string;
  comment: string;
  tier?: string | undefined;
  when?: readonly string[];
  unless?: readonly string[];
}

const cedarStatement = (agent: string, told: Statement): string =>
  `// ${told.comment}
@id(${cedarString(told.id)})${told.tier === undefined ? '' : `\n@tier(${cedarString(told.tier)})`}
${told.effect} (
  principal == ${agent},
  ${actionScope(told.permission)},
  ${resourceScope(told.resource_pattern)}
)${clause('when', [...resourceTest(told.resource_pattern), ...(told.when ?? [])])}${clause('unless', told.unless ?? [])};
`;

const cedarPermit = (agent: string, held: Held, id: string): string => {
  const condition = conditionText(held);
  return cedarStatement(agent, {
    ...held,
    effect: 'permit',
    id,
    comment: `${plain(held.permission)}${condition === '' ? '' : `: ${condition}`}`,
    tier: held.ask_first,
    when: cedarCondition(held),
  });
};

/** Named for what it is about, so that a change of one statement renames no other. */
const idOf = (word: string, { permission, resource_pattern }: HeldPermission): string =>
  `footprint-${word} ${permission}${resource_pattern === '*' ? '' : ` on ${resource_pattern}`}`;

const statements = (plan: Plan): string[] => {
  const agent = `Agent::${cedarString(plan.agent)}`;
  return [
    ...plan.held.map((held) => cedarPermit(agent, held, idOf('permit', held))),
    ...plan.denied.map((change) =>
      cedarStatement(agent, {
        ...change,
        effect: 'forbid',
        id: idOf('forbid', change),
        comment: `${plain(change.permission)} taken out (${plain(change.recommendation)}): ${plain(change.evidence)}`,
      }),
    ),
    ...plan.guards.map((guard) =>
      cedarStatement(agent, {
        ...guard,
        effect: 'forbid',
        id: idOf('guard', guard),
        comment: `${plain(guard.permission)} ${conditionText(guard)}, whatever a wider permission allows`,
        tier: guard.ask_first,
        unless: cedarCondition(guard),
      }),
    ),
  ];
};

/** Wildcards that some statement names as a group of actions. */
const groupsOf = (plan: Plan): string[] => [
  ...new Set(
    [...plan.held, ...plan.denied]
      .map(({ permission }) => permission)
      .filter((permission) => isPattern(permission) && permission !== '*'),
  ),
];

const schemaOf = (plan: Plan, groups: readonly string[]): string => {
  const lines = plan.known.map((permission) => {
    const within = groups.filter((group) => covers(group, permission)).map(action);
    const member = within.length === 0 ? '' : ` in [${within.join(', ')}]`;
    return `action ${cedarString(permission)}${member} appliesTo { principal: [Agent], resource: [Resource], context: Asked };`;
  });
  return `${[
    '// The types that policy.cedar is written in. An action of yours that a wildcard stands for belongs here.',
    'entity Agent;',
    'entity Resource = { "id": String };',
    'type Asked = { "approved"?: Bool, "just_in_time"?: Bool, "goal"?: String, "now"?: datetime };',
    ...groups.map((group) => `action ${cedarString(group)};`),
    ...lines,
  ].join('\n')}\n`;
};

const write = (plan: Plan): Written => {
  const groups = groupsOf(plan);
  const head = [
    `// What agent ${plain(plan.agent)} is to hold in environment ${plain(plan.environment)}, as of ${plan.made_at}.`,
    '// Nothing else is permitted: Cedar denies what no policy permits.',
  ].join('\n');
  return {
    files: [
      { name: 'policy.cedar', text: `${head}\n\n${statements(plan).join('\n')}` },
      { name: 'schema.cedarschema', text: schemaOf(plan, groups) },
    ],
    notes: [
      ...(groups.length === 0
        ? []
        : [
            `Cedar has no wildcard over actions: ${names(groups)} are groups in the schema, whose members are the actions known by name; an action that the schema does not list is denied.`,
          ]),
      ...(plan.held.some(({ goals }) => goals !== undefined)
        ? ['`context.goal` must be set by whoever asks and is trusted, never by the agent.']
        : []),
    ],
  };
};

export const cedar: Format = { write, edit: editCedar };
