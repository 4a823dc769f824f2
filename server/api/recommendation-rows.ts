// The rows of recommendations, as schemas.
import * as v from 'valibot';
import { RECOMMENDATION_KINDS, RECOMMENDATION_STATES, RISKS, VERDICTS } from '../model/words.ts';
import { instant, maybeInstant, maybeNumber, maybeText, texts } from './cells.ts';

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
  /** `open`, what somebody ruled, or what telemetry made of that. */
  state: v.picklist(RECOMMENDATION_STATES),
  state_since: maybeInstant,
  /** When the time of an announcement, of asking first or of a dismissal is over. */
  due_at: maybeInstant,
  state_reason: maybeText,
  state_actor: maybeText,
  /** Of the evidence that was seen at the last act. */
  seen_digest: maybeText,
  restores: v.number(),
});
export type RecommendationRow = v.InferOutput<typeof recommendationRow>;

/** Longest reason that is kept: a sentence or two. */
const REASON_LENGTH_MAX = 1000;
/** A dismissal is looked at again within a year. */
const DISMISSED_DAYS_MAX = 365;

/** What somebody decides about a proposal. */
export const recommendationAct = v.pipe(
  v.strictObject({
    state: v.picklist(
      ['accepted', 'announced', 'asked_first', 'removed', 'restored', 'dismissed'],
      'must be accepted, announced, asked_first, removed, restored or dismissed',
    ),
    /** Needed to dismiss. */
    reason: v.optional(
      v.pipe(
        v.string('must be a text'),
        v.trim(),
        v.maxLength(REASON_LENGTH_MAX, `must have at most ${REASON_LENGTH_MAX} characters`),
      ),
    ),
    /** How long a dismissal holds. */
    days: v.optional(
      v.pipe(
        v.number('must be a number of days'),
        v.integer('must be whole days'),
        v.minValue(1, 'must be at least a day'),
        v.maxValue(DISMISSED_DAYS_MAX, `must be at most ${DISMISSED_DAYS_MAX} days`),
      ),
    ),
    /** Of the evidence that was looked at: refused where it has changed since. */
    digest: v.optional(v.string('must be a text')),
  }),
  v.check(
    ({ state, reason = '' }) => state !== 'dismissed' || reason !== '',
    'a dismissal needs a reason',
  ),
  v.check(
    ({ state, days }) => days === undefined || state === 'dismissed',
    'has days, which only a dismissal takes',
  ),
);

/** A past use that the proposal would have lost, made ask first, or cannot be told of. */
export const replayRow = v.object({
  outcome: v.picklist(['lost', 'asked', 'unknown']),
  session: v.string(),
  trace_id: v.string(),
  goal: maybeText,
  permission: v.string(),
  resource_type: maybeText,
  resource_id: maybeText,
  uses: v.number(),
  first_used_at: instant,
  last_used_at: instant,
});
export type ReplayRow = v.InferOutput<typeof replayRow>;

/** 400 days of uses against the smaller surface, in numbers. */
export const replaySummary = v.object({
  calls: v.number(),
  sessions: v.number(),
  goals: v.number(),
  calls_lost: v.number(),
  sessions_lost: v.number(),
  goals_lost: texts,
  calls_asked: v.number(),
  sessions_asked: v.number(),
  /** Their resource or their session's goal was not told, so nobody can say. */
  calls_unknown: v.number(),
  /** The first call replayed; null where there is none. */
  since: maybeInstant,
});

/** A proposal with its replay; null for those on tokens and a user's identity, of which no call can be replayed. */
export const recommendationDetail = v.object({
  recommendation: recommendationRow,
  replay: v.nullable(replaySummary),
  /** What a person does where no policy says it: on tokens, identities, who is asked, and what was left behind. */
  instruction: v.nullable(v.string()),
  /** How it is undone. */
  undo: v.string(),
  /** The files of SQL that computed it. */
  sql: texts,
  /** What people decided about it, the latest first; at most 100 acts. */
  history: v.array(
    v.object({
      occurred_at: instant,
      actor: v.string(),
      before: v.string(),
      state: v.string(),
      reason: v.string(),
    }),
  ),
});
export type RecommendationDetail = v.InferOutput<typeof recommendationDetail>;

/** How often proposals of one kind were taken back after they were applied. */
export const regretRow = v.object({
  environment: v.string(),
  kind: v.picklist(RECOMMENDATION_KINDS),
  /** What was taken back counts as often as it was applied. */
  applied: v.number(),
  restored: v.number(),
  /** Restored of applied. */
  regret: v.number(),
  /**
   * What the bounds of the next proposals of this kind are multiplied with, 1 without regret:
   * max(0.1, 1 − restored / max(applied, 10)).
   */
  strictness: v.number(),
});
export type RegretRow = v.InferOutput<typeof regretRow>;
