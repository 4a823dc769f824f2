// Expressions of Cedar that both new and changed policies are made of.
import { isPattern } from './pattern.ts';
import { cedarString } from './say.ts';
import type { Held } from './types.ts';

/** The conditions of a permission as an expression each. */
export const cedarCondition = (held: Held): string[] =>
  [
    held.ask_first === undefined ? [] : ['context has approved && context.approved'],
    held.just_in_time === true ? ['context has just_in_time && context.just_in_time'] : [],
    held.goals === undefined
      ? []
      : [`context has goal && [${held.goals.map(cedarString).join(', ')}].contains(context.goal)`],
    held.expires_at === undefined
      ? []
      : [`context has now && context.now < datetime("${new Date(held.expires_at).toISOString()}")`],
  ].flat();

/** A scope for a resource of a type that others chose; null where none says it. */
export const cedarResource = (pattern: string, type: string | undefined): string | null => {
  if (pattern === '*') return 'resource';
  if (isPattern(pattern) || type === undefined) return null;
  return `resource == ${type}::${cedarString(pattern)}`;
};
