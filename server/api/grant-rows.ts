// The rows of what grants an agent its permissions and what let its uses happen, as schemas.
import * as v from 'valibot';
import { EFFECTS, GRANT_KINDS } from '../model/words.ts';
import { instant, maybeInstant, maybeText, texts } from './cells.ts';

/** One grant held: a permission on a resource pattern, from one source. */
export const heldGrantRow = v.object({
  environment: v.string(),
  agent: v.string(),
  permission: v.string(),
  resource_pattern: v.string(),
  kind: v.picklist(GRANT_KINDS),
  source: v.string(),
  /** The source's own name for it: where to edit; '' where it has none. */
  source_ref: v.string(),
  granted_at: instant,
  ends_at: maybeInstant,
  /** Other agents that hold the same by the same source's own name. */
  shared_with: texts,
  /** Other grants of the agent that cover it: taking back this one alone gains nothing. */
  redundant_with: texts,
});
export type HeldGrantRow = v.InferOutput<typeof heldGrantRow>;

/** One way in which uses of a permission were let through. */
export const usePathRow = v.object({
  environment: v.string(),
  agent: v.string(),
  permission: v.string(),
  /** `undecided`: no decision is known of these uses; `through`: another agent acted for this one. */
  path: v.picklist(['decided', 'undecided', 'through']),
  used_via: maybeText,
  effect: v.nullable(v.picklist(EFFECTS)),
  /** Of the token that paid for it. */
  fingerprint: maybeText,
  engine: maybeText,
  policy: maybeText,
  policy_version: maybeText,
  rules: texts,
  principal: maybeText,
  principal_type: maybeText,
  delegation_type: maybeText,
  /** Who acts for whom, outermost first. */
  delegation_chain: texts,
  tier: maybeText,
  uses: v.number(),
  sessions: v.number(),
  first_used_at: instant,
  last_used_at: instant,
  /** Sources whose grants covered the permission at the last of these uses, and their own names for it. */
  granted_by: texts,
  source_ref: texts,
});
export type UsePathRow = v.InferOutput<typeof usePathRow>;
