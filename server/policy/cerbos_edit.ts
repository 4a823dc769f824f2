// Changes a present Cerbos policy in its own text: rules are for roles, so one that denies this agent alone is added.
import { isSeq, parse, parseAllDocuments } from 'yaml';
import type { Document, YAMLSeq } from 'yaml';
import { cerbosAction, cerbosActions, cerbosConditions } from './cerbos_words.ts';
import { DEPTH_MAX, isRecord, textsOf } from './jsonc.ts';
import { covers, isPattern, re2Of } from './pattern.ts';
import { names, plain, yamlString } from './say.ts';
import { leftOf } from './what_stays.ts';
import type { Left } from './what_stays.ts';
import type { Edit, Held, Plan, PolicyFile } from './types.ts';

interface Rules {
  kind: string;
  sequence: YAMLSeq;
  rules: Record<string, unknown>[];
}

/** More values than this behind its aliases are no policy that a person wrote; the reader's own limit is this. */
const ALIASES_MAX = 100;
const TRAP = { refused: 'Its aliases stand for too much, or it is nested too deep.' };
const NO_POLICY = { refused: 'It is no single policy in YAML.' };

export const editCerbos = (plan: Plan, { text }: PolicyFile): Edit => {
  const rules = rulesIn(text);
  if ('refused' in rules) return rules;
  const added: string[][] = [];
  const missing: string[] = [];
  for (const left of leftOf(plan)) {
    const { change, kept } = left;
    const told = names([change.permission]);
    const actions = metActions(rules, change.permission);
    if (actions.length === 0) {
      missing.push(change.permission);
      continue;
    }
    if (kept.some((held) => !covers(held.permission, change.permission)))
      return { refused: `A rule cannot deny ${told} but for the actions of it that stay.` };
    added.push(denyLines(left, plan, actions));
  }
  const notes = [
    ...(added.length === 0
      ? []
      : [
          'Its rules stay as they are, for others who have the role; each rule that is added denies this agent alone.',
        ]),
    ...(missing.length === 0 ? [] : [`Not allowed by the present policy: ${names(missing)}.`]),
  ];
  const changed = inserted(text, rules.sequence, added);
  const reads = rulesIn(changed);
  const meant = [...rules.rules, ...((parse(added.flat().join('\n')) as unknown[] | null) ?? [])];
  if ('refused' in reads || JSON.stringify(reads.rules) !== JSON.stringify(meant))
    return { refused: 'Changed in its own text it would not say what is meant.' };
  return { text: changed, notes };
};

/** The rules of a policy. The reader of YAML throws where aliases stand for too much, or texts are nested too deep. */
const rulesIn = (text: string): Rules | { refused: string } => {
  if (isDeep(text)) return TRAP;
  try {
    const documents = parseAllDocuments(text);
    const [document, ...others] = Array.isArray(documents) ? documents : [];
    if (document === undefined || others.length > 0 || document.errors.length > 0) return NO_POLICY;
    return rulesOf(document);
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError) return TRAP;
    throw error;
  }
};

/** By its characters alone, before a reader spends seconds on it; a text with so many open brackets in words is no policy. */
const isDeep = (text: string): boolean => {
  let depth = 0;
  for (const char of text) {
    if (char === '[' || char === '{') depth += 1;
    else if (char === ']' || char === '}') depth -= 1;
    if (depth > DEPTH_MAX) return true;
  }
  return /(?:[-?:][ \t]+){200}/.test(text);
};

const rulesOf = (document: Document): Rules | { refused: string } => {
  const value: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
  const policy = isRecord(value) ? value['resourcePolicy'] : undefined;
  if (!isRecord(policy)) return { refused: 'It is no policy of a resource.' };
  const sequence: unknown = document.getIn(['resourcePolicy', 'rules'], true);
  const rules = policy['rules'];
  if (!isSeq(sequence) || sequence.flow === true || !Array.isArray(rules) || !rules.every(isRecord))
    return { refused: 'Its rules are no list, an item a line.' };
  const kind = policy['resource'];
  if (typeof kind !== 'string') return { refused: 'It names no resource.' };
  return { kind, sequence, rules };
};

/** The actions of this kind that it is, where some rule allows one of them; else none. */
const metActions = ({ kind, rules }: Rules, permission: string): string[] => {
  const actions = cerbosActions(permission, kind);
  const present = rules.flatMap((rule) =>
    rule['effect'] === 'EFFECT_ALLOW' ? (textsOf(rule['actions']) ?? ['*']) : [],
  );
  const meets = present.some((other) =>
    // A glob that is not ours may cover anything.
    actions.some(
      (action) => covers(action, other) || (/[*?[{]/.test(other) && mayFit(other, action)),
    ),
  );
  return meets ? actions : [];
};

const mayFit = (glob: string, action: string): boolean => {
  const start = glob.split(/[*?[{\\]/, 1)[0] ?? '';
  return isPattern(action) || action.startsWith(start);
};

/** One rule, without its indent. */
const denyLines = (left: Left, plan: Plan, actions: readonly string[]): string[] => {
  const { change, kept, bound } = left;
  const literal = yamlString;
  const resource = (pattern: string): string[] => {
    if (pattern === '*') return [];
    return isPattern(pattern)
      ? [`R.id.matches(${literal(re2Of(pattern))})`]
      : [`R.id == ${literal(pattern)}`];
  };
  const stays = (held: Held): string =>
    [...resource(held.resource_pattern), ...cerbosConditions(held, literal)]
      .map((one) => `(${one})`)
      .join(' && ');
  const all = [
    `P.id == ${literal(plan.agent)}`,
    ...resource(change.resource_pattern),
    ...[...kept, ...bound].map((held) => `!(${stays(held)})`),
  ];
  const condition = (indent: string): string[] => [
    `${indent}condition:`,
    `${indent}  match:`,
    `${indent}    all:`,
    `${indent}      of:`,
    ...all.map((one) => `${indent}        - expr: ${yamlString(one)}`),
  ];
  const quoted = actions.map(cerbosAction).map(yamlString);
  const comment = `# ${plain(change.permission)} taken out (${plain(change.recommendation)}): ${plain(change.evidence)}`;
  return [
    comment,
    `- actions: [${quoted.join(', ')}]`,
    `  effect: EFFECT_DENY`,
    `  roles: ["*"]`,
    ...condition('  '),
  ];
};

/** The text with the rules behind the last one, at its indent. */
const inserted = (text: string, sequence: YAMLSeq, added: readonly string[][]): string => {
  const range = sequence.range;
  const last = sequence.items.at(-1) as { range?: [number, number, number] } | undefined;
  if (added.length === 0 || !range || !last?.range) return text;
  const indent = ' '.repeat(range[0] - (text.lastIndexOf('\n', range[0] - 1) + 1));
  const value = last.range[1];
  const newline = text.indexOf('\n', value);
  const from = text[value - 1] === '\n' ? value : newline < 0 ? text.length : newline + 1;
  const before = text.slice(0, from);
  const lines = added.flat().map((line) => `${indent}${line}\n`);
  return `${before}${before.endsWith('\n') ? '' : '\n'}${lines.join('')}${text.slice(from)}`;
};
