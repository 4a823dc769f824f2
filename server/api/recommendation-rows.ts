// The rows of recommendations, as schemas.
import * as v from 'valibot';
import { RECOMMENDATION_KINDS, RISKS, VERDICTS } from '../model/words.ts';
import { maybeInstant, maybeNumber, texts } from './cells.ts';

/** One proposed reduction with every number behind it. */
export const recommendationRow = v.object({
  /** The same for as long as what it is about is the same. */
  recommendation_id: v.string(),
  kind: v.picklist(RECOMMENDATION_KINDS),
  agent: v.string(),
  environment: v.string(),
  /** '' where it is about tokens or an identity, which `subject` names then. */
  permission: v.string(),
  resource_pattern: v.string(),
  subject: v.string(),
  /** What is to be held instead: permissions, resources, goals, a life; nothing where it is taken away. */
  proposed: texts,
  risk: v.nullable(v.picklist(RISKS)),
  weight: maybeNumber,
  verdict: v.nullable(v.picklist(VERDICTS)),
  evidence: v.string(),
  uses: maybeNumber,
  sessions_with_use: maybeNumber,
  /** Sessions with use in 400 days. */
  history_sessions: maybeNumber,
  /** Opportunities n; for tokens, questions and identities how many of them were looked at. */
  sessions: maybeNumber,
  /** At most this share of coming sessions needs the permission, 95 % confidence; null where it was used. */
  absence_bound: maybeNumber,
  threshold: maybeNumber,
  /** At most this share of coming sessions would miss any of the agent's removals, 95 % confidence. */
  joint_risk: maybeNumber,
  /** Opportunities of the window's last third, which tested what the first two chose, and those that used some of it. */
  joint_sessions: maybeNumber,
  joint_uses: maybeNumber,
  /** Share of coming sessions that use nothing new; null below 59. */
  completeness: maybeNumber,
  expected_in_30_days: maybeNumber,
  /** Of what is kept, how much was used in one session only. */
  used_once: maybeNumber,
  held_since: maybeInstant,
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
  granted_by: texts,
  source_ref: texts,
  /** Other agents that hold it by the same source. */
  shared_with: texts,
  /** Grants that would cover it still; while there are any the reduction is nil. */
  still_granted: texts,
  present_s: maybeNumber,
  proposed_s: maybeNumber,
  renewals: maybeNumber,
  /** Points of the excess index. */
  index_reduction: v.number(),
  /** Weight x seconds held in the window. */
  privilege_seconds: v.number(),
  /** Of all numbers above. */
  digest: v.string(),
});
export type RecommendationRow = v.InferOutput<typeof recommendationRow>;
