// What a change leaves: the entries still held that it covers, and whether a use it covers is asked first or gone.
import { coversHeld } from './pattern.ts';
import { isConditional } from './plan.ts';
import type { Change, Held, Plan } from './types.ts';

export interface Left {
  change: Change;
  /** Held still, always. */
  kept: Held[];
  /** Held still, under a condition. */
  bound: Held[];
}

/** Changes that leave less; one that covers something held, all of which a wider entry holds too, takes nothing. */
export const leftOf = (plan: Plan): Left[] =>
  plan.changes.flatMap((change) => {
    const covered = plan.held.filter((held) => coversHeld(change, held));
    const left = {
      change,
      kept: covered.filter((held) => !isConditional(held)),
      bound: covered.filter(isConditional),
    };
    const wide = plan.held.some((held) => !isConditional(held) && coversHeld(held, change));
    return wide && covered.length > 0 && left.bound.length === 0 ? [] : [left];
  });
