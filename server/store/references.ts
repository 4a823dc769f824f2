// Imported grants by the place that is to be edited: one list of grants for each, all of one instant.
import type { ImportedGrants } from './store.ts';

/** As the contract has it for one; of more places than fit, the first are named. */
const REFERENCE_CHARS_MAX = 1000;

/**
 * One import for each reference, told whole where it names none.
 * INVARIANT: no permission is in two of them, so that no two have the same surface, which would hide a reference.
 */
export const byReference = (grants: ImportedGrants): ImportedGrants[] => {
  const held = new Map<string, { one: Held; references: Set<string> }>();
  for (const {
    permission,
    resource_pattern,
    source_ref = grants.source_ref,
  } of grants.permissions) {
    const key = `${permission}\n${resource_pattern}`;
    const known = held.get(key) ?? { one: { permission, resource_pattern }, references: new Set() };
    known.references.add(source_ref);
    held.set(key, known);
  }
  const lists = new Map<string, Held[]>();
  for (const { one, references } of held.values()) {
    const reference = joined([...references].filter((each) => each !== '').sort());
    lists.set(reference, [...(lists.get(reference) ?? []), one]);
  }
  if (lists.size === 0) return [grants];
  return [...lists].map(([source_ref, permissions]) => ({ ...grants, source_ref, permissions }));
};

type Held = Pick<ImportedGrants['permissions'][number], 'permission' | 'resource_pattern'>;

const joined = (references: readonly string[]): string => {
  const whole = references.join(', ');
  if (whole.length <= REFERENCE_CHARS_MAX) return whole;
  const [first = ''] = references;
  return `${first} and ${references.length - 1} more`;
};
