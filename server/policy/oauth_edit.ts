// Takes scopes out of a present list of them, separated by spaces or lines, with `#` comments as they are.
import { isComment, isScope, scopeOf } from './oauth.ts';
import { covers, isPattern } from './pattern.ts';
import { names } from './say.ts';
import { leftOf } from './what_stays.ts';
import type { Edit, Plan, PolicyFile } from './types.ts';

export const editOauth = (plan: Plan, { text: file }: PolicyFile): Edit => {
  const mark = file.startsWith('\ufeff') ? '\ufeff' : '';
  const text = file.slice(mark.length);
  if (/^\s*[[{]/.test(text)) return { refused: 'It is JSON and no list of scopes.' };
  const lines = text.split(/(?<=\n)/);
  const present = scopesIn(lines);
  const odd = present.filter((scope) => !isScope(scope));
  if (odd.length > 0) return { refused: `It holds what is no scope: ${names(odd)}.` };
  const out = new Set<string>();
  const narrowed: string[] = [];
  for (const { change, kept } of leftOf(plan))
    for (const scope of present) {
      if (!covers(scopeOf(change.permission), scope)) continue;
      const whole = kept.filter((held) => covers(scopeOf(held.permission), scope));
      if (change.resource_pattern === '*' && whole.length === 0) out.add(scope);
      else if (!whole.some(({ resource_pattern }) => resource_pattern === '*'))
        narrowed.push(scope);
    }
  if (narrowed.length > 0)
    return { refused: `A list of scopes cannot narrow to resources: ${names(narrowed)}.` };
  const missing = plan.changes
    .map(({ permission }) => scopeOf(permission))
    .filter((scope) => !present.some((one) => covers(scope, one)));
  const changed = lines.map((line) => (isComment(line) ? line : without(line, out)));
  const reads = scopesIn(changed.join('').split(/(?<=\n)/));
  const meant = present.filter((scope) => !out.has(scope));
  if (JSON.stringify(reads) !== JSON.stringify(meant))
    return { refused: 'Changed in its own text it would not say what is meant.' };
  return {
    text: mark + changed.join(''),
    notes: [
      ...(missing.length === 0 ? [] : [`Not in the present list: ${names(missing)}.`]),
      ...(plan.changes.some(({ permission }) => isPattern(permission))
        ? ['A wildcard took out every scope in the list that it covers and that is not held.']
        : []),
      "A wider scope that includes one taken out by its server's own rules still grants it.",
    ],
  };
};

const scopesIn = (lines: readonly string[]): string[] =>
  lines
    .filter((line) => !isComment(line))
    .flatMap((line) => line.split(/\s+/))
    .filter((scope) => scope !== '');

/** The line without some scopes; a line that held nothing else goes. */
const without = (line: string, out: ReadonlySet<string>): string => {
  const pieces = line.match(/\S+|\s+/g) ?? [];
  const left = pieces.filter((piece) => !out.has(piece));
  if (left.length === pieces.length) return line;
  if (left.every((piece) => piece.trim() === '')) return '';
  const end = line.slice(line.trimEnd().length);
  const indent = line.slice(0, line.length - line.trimStart().length);
  return `${indent}${left.filter((piece) => piece.trim() !== '').join(' ')}${end}`;
};
