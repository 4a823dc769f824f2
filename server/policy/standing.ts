// For formats that know no conditions: what is granted for good, and what must be asked for each time.
import { isConditional } from './plan.ts';
import type { Held, Plan } from './types.ts';

export interface Split {
  /** Held without a condition. */
  standing: Held[];
  /** Held under a condition: not in what stands, and told apart. */
  on_request: Held[];
}

export const split = (plan: Plan): Split => ({
  standing: plan.held.filter((held) => !isConditional(held)),
  on_request: plan.held.filter(isConditional),
});
