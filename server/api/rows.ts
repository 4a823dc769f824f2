// The rows of lists, as schemas; one an item of the lists in contract.ts.
import * as v from 'valibot';
import { EFFECTS, RISKS, VERDICTS } from '../model/words.ts';
import { instant, maybeInstant, maybeNumber, maybeText, texts } from './cells.ts';

/** How far the evidence for a verdict has come; all null where the verdict needs none. */
export const evidence = v.object({
  /** Days the permission has been held, and the days needed. */
  days: maybeNumber,
  days_needed: maybeNumber,
  /** Opportunities n, and the n at which the absence bound falls to the risk's threshold. */
  sessions: maybeNumber,
  sessions_needed: maybeNumber,
  /** When both will be met at the present rate; null where never or already. */
  due_at: maybeInstant,
});

/** One agent: what it holds, what it used, and the excess index. */
export const agentRow = v.object({
  agent: v.string(),
  environment: v.string(),
  owner: maybeText,
  /** False where no source of grants is known: the agent is shown as used only. */
  grants_known: v.boolean(),
  granted: v.number(),
  /** Used in the window, whether held now or not, as the rows of the surface say it. */
  used: v.number(),
  /** Of them those held before and not any more: withdrawn, or the token ended. */
  used_not_held: v.number(),
  unused: v.number(),
  unused_proven: v.number(),
  /** Held permissions whose verdict is not due or cannot be judged. */
  undetermined: v.number(),
  /** Permissions used in the window outside of every known grant. */
  used_not_granted: v.number(),
  unused_weight: v.number(),
  granted_weight: v.number(),
  /** 0 to 100; the lower end counts proven only, the upper all that is undetermined too. Null where grants are unknown. */
  excess_index: maybeNumber,
  excess_index_max: maybeNumber,
  sessions: v.number(),
  tasks: v.number(),
  decisions: v.number(),
  denials: v.number(),
  tokens: v.number(),
  version: maybeText,
  identity: maybeText,
  first_seen_at: maybeInstant,
  last_seen_at: maybeInstant,
});

/** An agent's excess index seven days before the window's end; null where its grants were unknown. */
export const agentBeforeRow = v.object({
  agent: v.string(),
  environment: v.string(),
  excess_index: maybeNumber,
});

/** One permission of one agent, with every number behind its verdict. */
export const surfaceRow = v.object({
  agent: v.string(),
  environment: v.string(),
  permission: v.string(),
  resource_pattern: v.string(),
  risk: v.picklist(RISKS),
  risk_source: v.string(),
  weight: v.number(),
  granted: v.boolean(),
  granted_at: maybeInstant,
  held_since: maybeInstant,
  uses: v.number(),
  sessions_with_use: v.number(),
  sessions_granted: v.number(),
  /** Of them those that count: one a task, at most twice the median a day, none that nobody vouches for. */
  opportunities: v.number(),
  /** With use in the window, that count as evidence of need. */
  attested_sessions: v.number(),
  /** The same in 400 days. */
  history_sessions: v.number(),
  /** Used in 400 days by a sender who may not speak for the agent. */
  unattested_use: v.boolean(),
  /** Sessions with use in 400 days that alone used 5 permissions or more, and that nobody confirmed or quarantined. */
  swept_sessions: v.number(),
  /** The last of them. */
  sweep_session: v.nullable(v.string()),
  /** Uses in the window that a server alone told. */
  hidden_uses: v.number(),
  /** Allowed decisions in the window that an engine's log alone told, with no action after them. */
  hidden_allows: v.number(),
  /** Seen used, or allowed and never used otherwise, elsewhere and not at the agent. */
  hidden_use: v.boolean(),
  /** Sub-agents that used it for this agent. */
  used_via: texts,
  /** Of the uses, those that no grant covered within 5 minutes. */
  uses_not_granted: v.number(),
  denials: v.number(),
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
  last_denied_at: maybeInstant,
  verdict: v.picklist(VERDICTS),
  verdict_reason: v.string(),
  /** Whole days that its age is counted for; null where it was never held. */
  held_days: maybeNumber,
  /** Days before it is judged, by its class of risk. */
  days_needed: v.number(),
  /** It was taken back and restored then: its age counts from there. */
  restored_at: maybeInstant,
  /** Sessions before this instant are no opportunities, since the agent was another one. */
  restarted_at: maybeInstant,
  /** What was new then: a model or the definition of a tool. */
  restarted_by: v.nullable(v.string()),
  /** Version that the agent told last; a new one alone restarts nothing. */
  agent_version: v.nullable(v.string()),
  agent_version_since: maybeInstant,
  /** Since the last use. */
  idle_days: maybeNumber,
  /** Days with use in 400 days, where a rhythm decides. */
  days_with_use: v.number(),
  /** Days between two of them, at most. */
  longest_gap_days: v.number(),
  /** Why telemetry could not have seen a use; null where it could. */
  blind_reason: v.nullable(v.string()),
  /** Not judged before this instant, by somebody's ruling. */
  exempt_until: maybeInstant,
  /** Who answers for that, and why. */
  exempt_by: v.nullable(v.string()),
  exempt_reason: v.nullable(v.string()),
  /** Uses in the window that were ruled out as evidence. */
  quarantined_uses: v.number(),
  /** What the verdict would be if they counted; null where there are none. */
  verdict_with_quarantined: v.nullable(v.picklist(VERDICTS)),
  /** At most this share of coming sessions needs it, 95 % confidence; null where it was used. */
  absence_bound: maybeNumber,
  /** The bound at which it counts as unused, by risk. */
  threshold: v.number(),
  evidence,
  granted_by: texts,
  source_ref: texts,
});

/** One permission's bands: when it was held and on which days it was used or refused. */
export const historyRow = v.object({
  permission: v.string(),
  resource_pattern: v.string(),
  held: v.array(v.object({ from: instant, to: maybeInstant })),
  used_days: v.array(v.object({ day: v.string(), uses: v.number() })),
  denied_days: v.array(v.object({ day: v.string(), denials: v.number() })),
});

/** Granted and used permissions at the end of one bucket; used counts the window before it. */
export const driftRow = v.object({ bucket_at: instant, granted: v.number(), used: v.number() });

/** Every decision, with its approval and whether its action was executed. */
export const decisionRow = v.object({
  decision_id: v.string(),
  occurred_at: instant,
  agent: v.string(),
  environment: v.string(),
  user: maybeText,
  session: v.string(),
  permission: maybeText,
  resource_type: maybeText,
  resource_id: maybeText,
  effect: v.picklist(EFFECTS),
  enforcement: maybeText,
  engine: maybeText,
  policy: maybeText,
  policy_version: maybeText,
  rules: texts,
  reason: maybeText,
  principal: maybeText,
  delegation_type: maybeText,
  tier: maybeText,
  approval_outcome: maybeText,
  /** Null where telemetry could not have seen the action. */
  executed: v.nullable(v.boolean()),
  duration_ms: v.number(),
  trace_id: v.string(),
  span_id: v.string(),
});

/** Decisions of one bucket of time by effect. */
export const decisionBucketRow = v.object({
  bucket_at: instant,
  allow: v.number(),
  deny: v.number(),
  /** Of the denied those that stopped nothing: shadow or fail open. */
  deny_unenforced: v.number(),
  require_approval: v.number(),
  other: v.number(),
});

/** How often one value of one column occurs among the decisions that the filters let through. */
export const facetRow = v.object({ facet: v.string(), value: v.string(), decisions: v.number() });
