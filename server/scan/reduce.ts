// The shorter list for one file: used rules, broad ones narrowed to their uses, all that ask or deny.
import type { Rule } from './rules.ts';
import { parseRule } from './rules.ts';
import { isSayable, sayable } from './sayable.ts';
import type { List, Lists } from './settings.ts';
import type { Tallies, Tally } from './tally.ts';
import type { Use } from './transcript.ts';

/** A broad rule that was used in more ways than this stays: a list that long is read by nobody. */
const NARROWED_MAX = 40;

/** Stands for commands that no rule could name. */
export const UNNAMED = 'Bash (commands that begin with no plain program)';

/** What to put in place of a file's `permissions`. */
export interface Reduced {
  path: string;
  /** What the file calls them; ~/.claude.json has allowed tools of its own for each project. */
  setting: 'permissions' | 'allowedTools';
  permissions: Partial<Lists>;
  taken_out: string[];
  narrowed: { from: string; to: string[] }[];
  /** Kept in the file by hand: they hold something that looks like a secret, and are not told. */
  not_told: number;
}

export interface Watched {
  rule: Rule | null;
  text: string;
  list: List;
  path: string;
  covers: ((use: Use) => boolean) | null;
  tally: Tally;
  /** Narrower rules that would have covered the uses; null where one use has none. */
  narrower: Tallies | null;
}

/** The lists of one file, cut down to what was used. */
export const reducedFile = (path: string, watched: readonly Watched[]): Reduced => {
  const permissions: Lists = { allow: [], ask: [], deny: [] };
  const setting = path.endsWith('.claude.json') ? 'allowedTools' : 'permissions';
  const reduced: Reduced = {
    path,
    setting,
    permissions,
    taken_out: [],
    narrowed: [],
    not_told: 0,
  };
  for (const one of watched) {
    const used = one.covers === null || one.tally.count().uses > 0;
    if (!isSayable(one.text)) {
      // Neither kept nor taken out by a list that cannot name it.
      if (used || one.list !== 'allow') reduced.not_told += 1;
      else reduced.taken_out.push(sayable(one.text));
    } else if (one.list !== 'allow') permissions[one.list].push(one.text);
    else if (!used) reduced.taken_out.push(one.text);
    else {
      const narrower = narrowed(one);
      permissions.allow.push(...(narrower ?? [one.text]));
      if (narrower !== null) reduced.narrowed.push({ from: one.text, to: narrower });
    }
  }
  const lists = Object.entries(permissions).filter(
    ([list, rules]) => list === 'allow' || rules.length > 0,
  );
  const unique = lists.map(([list, rules]) => [list, [...new Set(rules)]] as const);
  return { ...reduced, permissions: Object.fromEntries(unique) };
};

/** The narrower rules in place of a broad one, or null where it stays. Commands without a name would be asked for. */
const narrowed = ({ narrower }: Watched): string[] | null => {
  const rules =
    narrower
      ?.counts()
      .map(({ name }) => name)
      .filter((name) => name !== UNNAMED) ?? [];
  const tellable = rules.every((name) => isSayable(name) && parseRule(name) !== null);
  return rules.length === 0 || rules.length > NARROWED_MAX || !tellable ? null : rules.sort();
};
