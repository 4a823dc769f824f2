// Statements of IAM as permissions: what is allowed, less what is denied where that can be said exactly.
import { expand } from '../policy/aws_actions.ts';
import { covers, isPattern, overlaps } from '../policy/pattern.ts';
import type { Name } from './aws_names.ts';
import type { Statement } from './aws_statement.ts';
import { emptyReading, type Granted, type Reading } from './types.ts';

/** An action on a resource that some statement allows. */
interface Entry {
  action: string;
  resource: string;
  ref: string;
}

/** How much of a pattern a part of a statement means. */
type Share = 'all' | 'none' | 'some';

/** What the statements of all policies of one principal grant together. */
export const grantedBy = async (
  statements: readonly Statement[],
  {
    written_out = false,
  }: { /** Wildcards by the names of their actions. */ written_out?: boolean },
): Promise<Reading> => {
  const reading = emptyReading();
  let entries: Entry[] = [];
  for (const one of statements.filter(({ effect }) => effect === 'Allow')) {
    reading.notes.push(...widened(one));
    entries.push(...entriesOf(one));
  }
  for (const one of statements.filter(({ effect }) => effect === 'Deny'))
    entries = await without(entries, one, reading.notes);
  if (written_out) entries = await inFull(entries, reading.notes);
  reading.granted = entries.map(toGranted);
  return reading;
};

const toGranted = ({ action, resource, ref }: Entry): Granted => ({
  permission: `aws:${action}`,
  resource_pattern: resource,
  source_ref: ref,
});

const entriesOf = (one: Statement): Entry[] => {
  const actions = one.not_action ? ['*'] : one.actions.map(({ pattern }) => pattern);
  const resources = one.not_resource ? ['*'] : one.resources.map(({ pattern }) => pattern);
  return actions.flatMap((action) =>
    resources.map((resource) => ({ action, resource, ref: one.ref })),
  );
};

/** What an Allow says that counts for more here. */
const widened = (one: Statement): string[] => [
  ...(one.not_action
    ? [`${one.ref}: all actions count as granted; NotAction leaves some out`]
    : []),
  ...(one.not_resource
    ? [`${one.ref}: all resources count as granted; NotResource leaves some out`]
    : []),
  ...(one.conditions.length === 0
    ? []
    : [`${one.ref}: counts as granted always; it is under ${one.conditions.join(', ')}`]),
  ...([...one.actions, ...one.resources].some(({ wider }) => wider)
    ? [`${one.ref}: a \`?\` or a variable counts as \`*\``]
    : []),
];

/** Entries as they stay after a Deny; what it takes and cannot be said stays, and is noted. */
const without = async (
  entries: readonly Entry[],
  deny: Statement,
  notes: string[],
): Promise<Entry[]> => {
  const left: Entry[] = [];
  const unsaid = new Set<string>();
  for (const entry of entries) {
    const resource = shareOf(deny.resources, deny.not_resource, entry.resource, (text) => text);
    const action = shareOf(deny.actions, deny.not_action, entry.action, lower);
    if (action === 'none' || resource === 'none') {
      left.push(entry);
      continue;
    }
    const sure = deny.conditions.length === 0 && resource === 'all';
    if (sure && action === 'all') continue;
    const parts = sure ? await partsOf(entry, deny) : null;
    if (parts === null) unsaid.add(`aws:${entry.action} on ${entry.resource}`);
    left.push(...(parts ?? [entry]));
  }
  if (unsaid.size > 0) {
    const why = deny.conditions.length === 0 ? '' : `, under ${deny.conditions.join(', ')}`;
    notes.push(
      `${deny.ref}: denies part of what still counts as granted${why}: ${[...unsaid].join('; ')}`,
    );
  }
  return left;
};

/** The actions of the entry's wildcard that the Deny leaves; null where they cannot be named. */
const partsOf = async (entry: Entry, deny: Statement): Promise<Entry[] | null> => {
  const { actions, whole } = await expand(entry.action);
  if (!whole || !isPattern(entry.action)) return null;
  const shares = actions.map((action) => shareOf(deny.actions, deny.not_action, action, lower));
  if (shares.includes('some')) return null;
  return actions
    .filter((_action, i) => shares[i] === 'none')
    .map((action) => ({ ...entry, action }));
};

const shareOf = (
  names: readonly Name[],
  negated: boolean,
  value: string,
  spelt: (text: string) => string,
): Share => {
  const text = spelt(value);
  // What was made wider than it is covers nothing for sure.
  const whole = names.some(({ pattern, wider }) => !wider && covers(spelt(pattern), text));
  if (whole) return negated ? 'none' : 'all';
  const apart = names.every(({ pattern }) => !overlaps(spelt(pattern), text));
  if (apart) return negated ? 'all' : 'none';
  return 'some';
};

const lower = (text: string): string => text.toLowerCase();

const inFull = async (entries: readonly Entry[], notes: string[]): Promise<Entry[]> => {
  const full: Entry[] = [];
  const kept = new Set<string>();
  for (const entry of entries) {
    const { actions, whole } = await expand(entry.action);
    if (!whole) kept.add(entry.action);
    full.push(...actions.map((action) => ({ ...entry, action })));
  }
  if (kept.size > 0)
    notes.push(
      `wildcards that stand for too many actions, or for a service that is not listed, stay: ${[...kept].join(', ')}`,
    );
  return full;
};
