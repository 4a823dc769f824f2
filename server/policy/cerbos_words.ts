// Actions and conditions in Cerbos' words, of which both new and changed policies are made.
import { afterPrefix, isPattern } from './pattern.ts';
import type { Held } from './types.ts';

/** Cerbos reads an action with `*` as a glob of gobwas', in which `**` crosses colons. */
export const cerbosAction = (action: string): string =>
  isPattern(action) ? action.replace(/[\\?[\]{}!,]/g, '\\$&').replaceAll('*', '**') : action;

/** The actions of one kind of resource that a permission stands for. */
export const cerbosActions = (permission: string, kind: string): string[] =>
  afterPrefix(permission, `${kind}:`).filter((action) => action !== '');

/** What is said of a request beside its principal stands in the resource's attributes, set by whoever asks. */
export const cerbosConditions = (held: Held, text: (value: string) => string): string[] =>
  [
    held.ask_first === undefined ? [] : ['has(R.attr.approved) && R.attr.approved == true'],
    held.just_in_time === true ? ['has(R.attr.just_in_time) && R.attr.just_in_time == true'] : [],
    held.goals === undefined
      ? []
      : [`has(R.attr.goal) && R.attr.goal in [${held.goals.map(text).join(', ')}]`],
    held.expires_at === undefined ? [] : [`now() < timestamp(${text(held.expires_at)})`],
  ].flat();
