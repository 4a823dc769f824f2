// Reads the input once for all formats: what is left out, what is denied inside a wildcard, what a condition binds.
import { AppError } from '../errors.ts';
import type { HeldPermission } from '../model/rows.ts';
import { afterPrefix, coversHeld, isPattern, overlapsHeld, sameHeld } from './pattern.ts';
import { names, plain } from './say.ts';
import type { Held, Plan, PolicyInput } from './types.ts';

/** An agent with more is one whose permissions were listed from something else; engines read a file of this size still. */
const ENTRIES_MAX = 10_000;
/** What the collector records of a name at most, with room; longer ones are no names. */
const NAME_CHARS_MAX = 4_096;

export const isConditional = (held: Held): boolean =>
  held.ask_first !== undefined ||
  held.just_in_time === true ||
  held.goals !== undefined ||
  held.expires_at !== undefined;

/** Conditions in words, or an empty text. */
export const conditionText = (held: Held): string =>
  [
    held.ask_first === undefined ? [] : [`asked first (${plain(held.ask_first)})`],
    held.just_in_time === true ? ['just in time'] : [],
    held.goals === undefined ? [] : [`for the goals ${names(held.goals)}`],
    held.expires_at === undefined ? [] : [`until ${held.expires_at}`],
  ]
    .flat()
    .join(', ');

/** The plan of what a format speaks of, and notes on what it does not. Throws `bad_param` for input that nothing could say. */
export const planOf = (
  input: PolicyInput,
  prefixes: readonly string[] | undefined,
): { plan: Plan; notes: string[] } => {
  check(input);
  const ours = <T extends HeldPermission>(entries: readonly T[]): T[] =>
    unique(entries.flatMap((one) => within(one, prefixes)));
  const held = ours(input.held);
  const changes = ours(input.changes);
  const left = [...input.held, ...input.changes].filter(
    (one) => within(one, prefixes).length === 0,
  );
  const inside = changes.filter((change) => !held.some((one) => coversHeld(change, one)));
  const denied = inside.filter((change) => held.some((one) => overlapsHeld(one, change)));
  const guards = held.filter(
    (one) =>
      isConditional(one) && held.some((wide) => !sameHeld(wide, one) && coversHeld(wide, one)),
  );
  const known = [...held, ...changes]
    .map(({ permission }) => permission)
    .concat(input.known ?? [])
    .filter(
      (permission) =>
        !isPattern(permission) &&
        (prefixes ?? ['']).some((prefix) => permission.startsWith(prefix)),
    );
  const bound = held.filter((one) =>
    guards.some((guard) => guard !== one && coversHeld(guard, one)),
  );
  const listed = (of: readonly { permission: string }[]): string =>
    names(of.map(({ permission }) => permission));
  const notes = [
    ...(left.length === 0 ? [] : [`Left out, since this format is not for them: ${listed(left)}.`]),
    ...(bound.length === 0
      ? []
      : [`A condition of a wider permission binds these too: ${listed(bound)}.`]),
  ];
  return {
    plan: { ...input, held, changes, denied, guards, known: [...new Set(known)].sort() },
    notes,
  };
};

/** The entry as far as it is of these systems: a wildcard over systems is one for each. */
const within = <T extends HeldPermission>(one: T, prefixes: readonly string[] | undefined): T[] => {
  if (prefixes === undefined) return [one];
  return prefixes.flatMap((prefix) =>
    afterPrefix(one.permission, prefix).map((rest) => ({ ...one, permission: prefix + rest })),
  );
};

const unique = <T extends HeldPermission>(entries: readonly T[]): T[] => [
  ...new Map(entries.map((one) => [JSON.stringify(one), one])).values(),
];

const check = (input: PolicyInput): void => {
  const count = input.held.length + input.changes.length + (input.known?.length ?? 0);
  if (count > ENTRIES_MAX)
    throw new AppError(
      'bad_param',
      `a policy of ${count} entries; at most ${ENTRIES_MAX} are written`,
    );
  const told = [
    input.agent,
    input.environment,
    ...[...input.held, ...input.changes].flatMap((one) => [one.permission, one.resource_pattern]),
    ...input.held.flatMap((one) => [...(one.goals ?? []), one.ask_first ?? '']),
    ...(input.known ?? []),
  ];
  for (const text of told) {
    if (!text.isWellFormed())
      throw new AppError('bad_param', `\`${plain(text)}\` is no text: it has half a character`);
    if (text.length > NAME_CHARS_MAX)
      throw new AppError('bad_param', `\`${plain(text)}\` has over ${NAME_CHARS_MAX} characters`);
  }
  const keys = new Set(input.held.map((one) => `${one.permission}|${one.resource_pattern}`));
  if (keys.size < input.held.length)
    throw new AppError('bad_param', '`held` names a permission and resource twice');
  if (input.held.some(({ goals }) => goals?.length === 0))
    throw new AppError('bad_param', '`goals` of a permission names no goal');
  const instants = [input.made_at, ...input.held.flatMap(({ expires_at }) => expires_at ?? [])];
  for (const text of instants)
    if (!INSTANT.test(text) || Number.isNaN(Date.parse(text)))
      throw new AppError('bad_param', `\`${plain(text)}\` is no instant of RFC 3339 in UTC`);
};

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,3})?Z$/;
