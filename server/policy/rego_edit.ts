// Changes present data of Rego in its own text: our own, and lists of permissions that stand below the agent's name.
import { isRecord, openJson } from './jsonc.ts';
import { covers, coversHeld, isPattern } from './pattern.ts';
import { regoEntry, regoHeld } from './rego.ts';
import { names } from './say.ts';
import { leftOf } from './what_stays.ts';
import type { Left } from './what_stays.ts';
import type { Edit, Plan, PolicyFile } from './types.ts';
import type { HeldPermission } from '../model/rows.ts';

type Path = (string | number)[];

export const editRego = (plan: Plan, present: PolicyFile): Edit => {
  if (/^[ \t]*package\s/m.test(present.text))
    return { refused: 'It is a module of Rego, whose rules are code; data is changed.' };
  const file = openJson(present.text);
  if ('refused' in file) return { refused: 'It is no JSON that could be changed.' };
  const ours = at(file.value(), ['footprint', 'agents', plan.agent]);
  return isRecord(ours) ? editOurs(plan, present) : editLists(plan, present);
};

const at = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key)
        ? Reflect.get(inner, key)
        : undefined,
    value,
  );

const isHeld = (value: unknown): value is HeldPermission =>
  isRecord(value) &&
  typeof value['permission'] === 'string' &&
  typeof value['resource_pattern'] === 'string';

const editOurs = (plan: Plan, { text }: PolicyFile): Edit => {
  const file = openJson(text);
  if ('refused' in file) return file;
  const base = ['footprint', 'agents', plan.agent];
  for (const left of leftOf(plan)) {
    const { change, kept, bound } = left;
    const held: unknown = at(file.value(), [...base, 'held']);
    if (!Array.isArray(held) || !held.every(isHeld)) return { refused: 'Its `held` is no list.' };
    const inside = held.filter((one) => coversHeld(change, one));
    const wider = held.filter((one) => !inside.includes(one) && coversHeld(one, change));
    if (wider.length > 0 && kept.length > 0)
      return { refused: `A wider entry than ${names([change.permission])} stays.` };
    for (let index = held.length - 1; index >= 0; index -= 1)
      if (inside.includes(held[index] as HeldPermission)) file.remove([...base, 'held', index]);
    if (inside.length + wider.length > 0)
      for (const one of [...kept, ...bound])
        file.push([...base, 'held'], regoHeld(one, wider.length > 0 || plan.guards.includes(one)));
    if (wider.length > 0 && kept.length + bound.length === 0) {
      const denied = regoEntry({ ...plan, denied: [change] })['denied'] as unknown[];
      const present = at(file.value(), [...base, 'denied']);
      if (!Array.isArray(present)) file.set([...base, 'denied'], denied);
      else file.push([...base, 'denied'], denied[0]);
    }
  }
  return file.edit([]);
};

/** Lists of texts, by the keys that lead to them. */
const listsIn = (value: unknown, path: Path = []): { path: Path; list: string[] }[] => {
  if (Array.isArray(value)) {
    const texts = value.filter((one): one is string => typeof one === 'string');
    if (texts.length > 0 && texts.length === value.length) return [{ path, list: texts }];
    return value.flatMap((inner, index) => listsIn(inner, [...path, index]));
  }
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => listsIn(inner, [...path, key]));
};

const editLists = (plan: Plan, { text }: PolicyFile): Edit => {
  const file = openJson(text);
  if ('refused' in file) return file;
  const missing: string[] = [];
  for (const left of leftOf(plan)) {
    const told = names([left.change.permission]);
    const lists = listsIn(file.value()).filter(({ list }) =>
      list.some((one) => touches(one, left.change.permission)),
    );
    if (lists.length === 0) missing.push(left.change.permission);
    if (lists.some(({ path }) => !path.includes(plan.agent)))
      return {
        refused: `It grants ${told} outside what stands below the agent's name, perhaps to others.`,
      };
    const why = cannot(
      left,
      lists.flatMap(({ list }) => list),
    );
    if (why !== null && lists.length > 0) return { refused: `${why}: ${told}.` };
    for (const { path, list } of lists) {
      for (let index = list.length - 1; index >= 0; index -= 1)
        if (isOut(list[index] ?? '', left)) file.remove([...path, index]);
      for (const { permission } of left.kept)
        if (!list.includes(permission) && list.some((one) => covers(one, permission)))
          file.push(path, permission);
    }
  }
  return file.edit([
    'The module that reads this data is not known: replay its tests on the changed data.',
    ...(missing.length === 0 ? [] : [`Not in the present data: ${names(missing)}.`]),
  ]);
};

const touches = (one: string, permission: string): boolean =>
  covers(permission, one) || (isPattern(one) && covers(one, permission));

const isOut = (one: string, { change, kept }: Left): boolean =>
  covers(change.permission, one) && !kept.some((held) => covers(held.permission, one));

const cannot = ({ change, kept, bound }: Left, list: readonly string[]): string | null => {
  if (bound.length > 0) return 'A list of names has no word for a condition';
  if ([change, ...kept].some(({ resource_pattern }) => resource_pattern !== '*'))
    return 'A list of names has no word for a resource';
  const wider = list.some(
    (one) => isPattern(one) && !covers(change.permission, one) && covers(one, change.permission),
  );
  return wider ? 'A wildcard in it grants more than this' : null;
};
