// Cerbos: a resource policy for each system, whose rules name this agent alone; names stand in constants, never in code.
import { editCerbos } from './cerbos_edit.ts';
import { cerbosAction, cerbosActions, cerbosConditions } from './cerbos_words.ts';
import { isPattern, partsOf, re2Of } from './pattern.ts';
import { conditionText } from './plan.ts';
import { names, plain, yamlString } from './say.ts';
import type { Format, Plan, Written } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

/** What Cerbos takes as the name of a kind of resource. */
const KIND = /^[A-Za-z][\w@.\-/]*$/;

interface Rule {
  name: string;
  comment: string;
  actions: string[];
  effect: 'EFFECT_ALLOW' | 'EFFECT_DENY';
  /** All must hold. */
  all: string[];
  /** Not all may hold. */
  none?: string[];
}

/** Constants of one file: names that others chose, by a short name of ours. */
interface Constants {
  of: (value: string) => string;
  lines: () => string[];
}

const createConstants = (): Constants => {
  const known = new Map<string, string>();
  return {
    of: (value) => {
      const name = known.get(value) ?? `c${known.size}`;
      known.set(value, name);
      return `C.${name}`;
    },
    lines: () => [...known].map(([value, name]) => `      ${name}: ${yamlString(value)}`),
  };
};

const resourceTests = (pattern: string, constants: Constants): string[] => {
  if (pattern === '*') return [];
  return isPattern(pattern)
    ? [`R.id.matches(${constants.of(re2Of(pattern))})`]
    : [`R.id == ${constants.of(pattern)}`];
};

const ruleLines = (rule: Rule): string[] => [
  `    # ${rule.comment}`,
  `    - name: ${rule.name}`,
  `      actions: [${rule.actions.map(yamlString).join(', ')}]`,
  `      effect: ${rule.effect}`,
  `      roles: ["*"]`,
  `      condition:`,
  `        match:`,
  `          all:`,
  `            of:`,
  ...rule.all.map((one) => `              - expr: ${yamlString(one)}`),
  ...(rule.none === undefined
    ? []
    : [
        `              - none:`,
        `                  of:`,
        `                    - all:`,
        `                        of:`,
        ...rule.none.map((one) => `                          - expr: ${yamlString(one)}`),
      ]),
];

const fileOf = (plan: Plan, system: string): string => {
  const constants = createConstants();
  const own = `P.id == ${constants.of(plan.agent)}`;
  const ours = <T extends HeldPermission>(list: readonly T[]): T[] =>
    list.filter((one) => cerbosActions(one.permission, system).length > 0);
  const rule = (
    one: HeldPermission,
    name: string,
    comment: string,
    effect: Rule['effect'],
    tests: string[] = [],
  ): Rule => ({
    name,
    comment,
    actions: cerbosActions(one.permission, system).map(cerbosAction),
    effect,
    all: [own, ...resourceTests(one.resource_pattern, constants), ...tests],
  });
  const rules = [
    ...ours(plan.held).map((held, at) => {
      const condition = conditionText(held);
      const comment = `${plain(held.permission)}${condition === '' ? '' : `: ${condition}`}`;
      const tests = cerbosConditions(held, constants.of);
      return rule(held, `footprint-allow-${at + 1}`, comment, 'EFFECT_ALLOW', tests);
    }),
    ...ours(plan.denied).map((change, at) => {
      const comment = `${plain(change.permission)} taken out (${plain(change.recommendation)}): ${plain(change.evidence)}`;
      return rule(change, `footprint-deny-${at + 1}`, comment, 'EFFECT_DENY');
    }),
    ...ours(plan.guards).map((guard, at) => {
      const comment = `${plain(guard.permission)} ${conditionText(guard)}, whatever a wider permission allows`;
      const none = cerbosConditions(guard, constants.of);
      return { ...rule(guard, `footprint-guard-${at + 1}`, comment, 'EFFECT_DENY'), none };
    }),
  ];
  return `${[
    `# What agent ${plain(plan.agent)} is to hold of ${system} in environment ${plain(plan.environment)}, as of ${plan.made_at}.`,
    '# Nothing else is allowed: Cerbos denies what no rule allows.',
    'apiVersion: api.cerbos.dev/v1',
    'resourcePolicy:',
    '  version: default',
    `  resource: ${yamlString(system)}`,
    '  constants:',
    '    local:',
    ...constants.lines(),
    '  rules:',
    ...rules.flatMap(ruleLines),
  ].join('\n')}\n`;
};

const write = (plan: Plan): Written => {
  const told = plan.held.map(({ permission }) => permission);
  const all = [...new Set([...told, ...plan.known].map((name) => partsOf(name).system))];
  const systems = all
    .filter((system) => KIND.test(system))
    .filter((system) => plan.held.some((held) => cerbosActions(held.permission, system).length > 0))
    .sort();
  const unsaid = told.filter((permission) => {
    const { system, action } = partsOf(permission);
    return !KIND.test(system) || action === '';
  });
  return {
    files: systems.map((system, at) => ({
      name: `${system.replace(/[^A-Za-z0-9_-]/g, '_')}-${at + 1}.yaml`,
      text: fileOf(plan, system),
    })),
    notes: [
      "Each system is a kind of resource and each permission an action on it; the principal's id is the agent's name. The resource attributes `approved`, `just_in_time` and `goal` must be set by whoever asks and is trusted, never by the agent.",
      ...(unsaid.length === 0
        ? []
        : [
            `Cerbos cannot name the system of these as a kind of resource, so they are allowed for the systems known by name at most: ${names(unsaid)}.`,
          ]),
    ],
  };
};

export const cerbos: Format = { write, edit: editCerbos };
