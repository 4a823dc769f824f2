// Sessions and what happened in them, as schemas.
import * as v from 'valibot';
import { instant, maybeInstant, maybeNumber, maybeText, texts } from './cells.ts';
import { decisionRow } from './rows.ts';
import { tokenRow } from './token-rows.ts';

/** One session of one agent. */
export const sessionRow = v.object({
  session: v.string(),
  agent: v.string(),
  environment: v.string(),
  user: maybeText,
  task_id: maybeText,
  goal: maybeText,
  started_at: instant,
  ended_at: instant,
  /** Still within 30 minutes of its last span and not ended by its task. */
  open: v.boolean(),
  spans: v.number(),
  actions: v.number(),
  decisions: v.number(),
  denials: v.number(),
  tokens: v.number(),
  permissions_granted: v.number(),
  permissions_used: v.number(),
  trace_id: v.string(),
  traces: v.number(),
});

/** One span of a session or trace, with the agent and session it settled to. */
export const spanRow = v.object({
  trace_id: v.string(),
  span_id: v.string(),
  parent_span_id: maybeText,
  name: v.string(),
  fact: v.string(),
  agent: maybeText,
  started_at: instant,
  ended_at: instant,
  permission: maybeText,
  tool: maybeText,
  resource_type: maybeText,
  resource_id: maybeText,
  effect: maybeText,
  reason: maybeText,
  rules: texts,
  approval_outcome: maybeText,
  denied: v.boolean(),
  error_type: maybeText,
  fingerprint: maybeText,
});

/** A temporary resource of a session, and what became of it. */
export const resourceRow = v.object({
  resource_type: v.string(),
  resource_id: v.string(),
  /** Null where the session only removed it. */
  made_at: maybeInstant,
  expires_at: maybeInstant,
  cleaned_at: maybeInstant,
  /** What the last try to remove it came to, and what made it be tried. */
  outcome: maybeText,
  trigger: maybeText,
  /** `left`: the session is over, and nothing removed it; `held`: the session goes on. */
  state: v.picklist(['removed', 'held', 'expired', 'left']),
  trace_id: v.string(),
  span_id: v.string(),
});

/** A step of the surface over a session's time: weight held and used from an instant on. */
export const surfaceStepRow = v.object({
  occurred_at: instant,
  held: v.number(),
  used: v.number(),
});

/** A permission that a session held, or used without a grant. */
export const sessionSurfaceRow = v.object({
  permission: v.string(),
  resource_pattern: v.string(),
  risk: v.string(),
  weight: v.number(),
  /** Kinds of grant: token, policy, tool_list, import; none where it was used without one. */
  granted_by: v.array(v.string()),
  /** Its stretches within the session; `to` is null where it is held to the end. */
  held: v.array(v.object({ from: instant, to: maybeInstant })),
  /** In this session, of what it covers. */
  uses: v.number(),
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
});

/** Privilege-seconds of one session: weight times seconds held, overlapping grants counted once. */
export const privilegeRow = v.object({
  /** Of permissions that the session used, while it ran. */
  used: v.number(),
  /** Of permissions that it did not use, while it ran. */
  wasted: v.number(),
  /** Of tokens issued in it, after its end and outside of every other session of the agent. */
  idle: v.number(),
  /** Seconds of the session with anything held. */
  held_s: v.number(),
  /** Most weight held at once; 0 where no grant is known. */
  peak: v.number(),
});

/** A token that a session held on to, unused. */
export const ambientRow = v.object({
  fingerprint: v.string(),
  idle_s: v.number(),
  /** Of the session's length, 0 to 1. */
  share: v.number(),
  /** From the session's start to the last use in it; null where it was never used in it. */
  last_used_s: maybeNumber,
  /** Alive after the session's end; null where it never ends. */
  outlived_s: maybeNumber,
});

/** A session with all that happened in it. */
export const sessionDetail = v.object({
  session: sessionRow,
  spans: v.array(spanRow),
  decisions: v.array(decisionRow),
  tokens: v.array(tokenRow),
  /** Weight held and used over the session's time. */
  steps: v.array(surfaceStepRow),
  privilege: privilegeRow,
  /** Tokens that it held on to, unused, through a quarter of its time or more; the longest idle first. */
  ambient: v.array(ambientRow),
  /** What it made for its task or removed again, the first made first. */
  resources: v.array(resourceRow),
  /** True where the session has more spans than are listed. */
  truncated: v.boolean(),
});

/** The spans of one trace in the order in which they began. */
export const traceDetail = v.object({
  trace_id: v.string(),
  spans: v.array(spanRow),
  truncated: v.boolean(),
});

export type ResourceRow = v.InferOutput<typeof resourceRow>;
export type SessionRow = v.InferOutput<typeof sessionRow>;
export type SpanRow = v.InferOutput<typeof spanRow>;
export type SessionSurfaceRow = v.InferOutput<typeof sessionSurfaceRow>;
export type SurfaceStepRow = v.InferOutput<typeof surfaceStepRow>;
export type AmbientRow = v.InferOutput<typeof ambientRow>;
export type SessionDetail = v.InferOutput<typeof sessionDetail>;
export type TraceDetail = v.InferOutput<typeof traceDetail>;
