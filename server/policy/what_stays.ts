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

export const leftOf = (plan: Plan): Left[] =>
  plan.changes.map((change) => {
    const covered = plan.held.filter((held) => coversHeld(change, held));
    return {
      change,
      kept: covered.filter((held) => !isConditional(held)),
      bound: covered.filter(isConditional),
    };
  });
