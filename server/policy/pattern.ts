// Patterns in which `*` stands for any text and everything else for itself, as `covers` in sql/ reads them.
import type { HeldPermission } from '../model/rows.ts';

export const isPattern = (text: string): boolean => text.includes('*');

/** Whether everything that `narrow` stands for, `wide` stands for too; `narrow` may be a plain text. */
export const covers = (wide: string, narrow: string): boolean => {
  if (wide === narrow || wide === '*') return true;
  if (!isPattern(wide)) return false;
  const parts = wide.split('*');
  const first = parts[0] ?? '';
  const last = parts.at(-1) ?? '';
  if (narrow.length < first.length + last.length) return false;
  if (!narrow.startsWith(first) || !narrow.endsWith(last)) return false;
  // Between the ends the earliest place of each part leaves most for those after it.
  const end = narrow.length - last.length;
  let from = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = narrow.indexOf(part, from);
    if (found < 0 || found + part.length > end) return false;
    from = found + part.length;
  }
  return true;
};

export const coversHeld = (wide: HeldPermission, narrow: HeldPermission): boolean =>
  covers(wide.permission, narrow.permission) &&
  covers(wide.resource_pattern, narrow.resource_pattern);

export const sameHeld = (one: HeldPermission, other: HeldPermission): boolean =>
  one.permission === other.permission && one.resource_pattern === other.resource_pattern;

/** Whether some text fits both. */
export const overlaps = (one: string, other: string): boolean => {
  if (!isPattern(one)) return covers(other, one);
  if (!isPattern(other)) return covers(one, other);
  // Two patterns with a wildcard each meet wherever their fixed ends agree.
  const [a, b] = [one.indexOf('*'), other.indexOf('*')];
  const starts = Math.min(a, b);
  if (one.slice(0, starts) !== other.slice(0, starts)) return false;
  const [c, d] = [one.length - one.lastIndexOf('*') - 1, other.length - other.lastIndexOf('*') - 1];
  const ends = Math.min(c, d);
  return ends === 0 || one.slice(-ends) === other.slice(-ends);
};

export const overlapsHeld = (one: HeldPermission, other: HeldPermission): boolean =>
  overlaps(one.permission, other.permission) &&
  overlaps(one.resource_pattern, other.resource_pattern);

/** The pattern as an anchored expression of RE2, which Go's engines read. */
export const re2Of = (pattern: string): string =>
  `(?s)^${pattern.replace(/[\\.+?()|[\]{}^$]/g, '\\$&').replaceAll('*', '.*')}$`;

/** `crm:read` is system `crm`, action `read`; a permission without a system is an action of none. */
export const partsOf = (permission: string): { system: string; action: string } => {
  const colon = permission.indexOf(':');
  if (colon < 0) return { system: '', action: permission };
  return { system: permission.slice(0, colon), action: permission.slice(colon + 1) };
};

/** What may follow where a text that fits the pattern begins with `prefix`: patterns, or none where it cannot. */
export const afterPrefix = (pattern: string, prefix: string): string[] => {
  let places = skipping(pattern, [0]);
  for (const char of prefix)
    places = skipping(
      pattern,
      places.flatMap((at) => {
        if (pattern[at] === '*') return [at];
        return pattern.startsWith(char, at) ? [at + char.length] : [];
      }),
    );
  const rests = [...new Set(places.map((at) => pattern.slice(at)))];
  return rests.filter((rest) => !rests.some((other) => other !== rest && covers(other, rest)));
};

/** A wildcard may stand for nothing. */
const skipping = (pattern: string, places: readonly number[]): number[] => {
  const all = new Set(places);
  for (const at of all) if (pattern[at] === '*') all.add(at + 1);
  return [...all];
};
