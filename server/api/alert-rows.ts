// The answers and bodies of /alerts, as schemas.
import * as v from 'valibot';
import { instant, maybeInstant, maybeText, texts } from './cells.ts';

const text = (length: number) => v.pipe(v.string(), v.minLength(1), v.maxLength(length));
const severity = v.picklist(['info', 'low', 'medium', 'high']);

export const alertRow = v.object({
  id: v.string(),
  rule: v.string(),
  title: v.string(),
  key: v.string(),
  /** `no_data`: it fired, and nothing is known of it now. */
  state: v.picklist(['pending', 'firing', 'no_data', 'resolved']),
  severity,
  message: v.string(),
  environment: maybeText,
  agent: maybeText,
  session: maybeText,
  fingerprint: maybeText,
  permission: maybeText,
  began_at: instant,
  fired_at: maybeInstant,
  last_seen_at: instant,
  resolved_at: maybeInstant,
  /** When its firing was told last; null where it is muted or was over before. */
  told_at: maybeInstant,
  acknowledged_at: maybeInstant,
  acknowledged_by: maybeText,
  muted_until: maybeInstant,
});

export const muteRow = v.object({
  id: v.string(),
  rule: maybeText,
  environment: maybeText,
  agent: maybeText,
  key: maybeText,
  until: instant,
  reason: v.string(),
  actor: v.string(),
  created_at: instant,
});

export const muteOneBody = v.strictObject({ until: text(40), reason: text(500) });

export const muteBody = v.strictObject({
  rule: v.optional(v.nullable(text(64)), null),
  environment: v.optional(v.nullable(text(2000)), null),
  agent: v.optional(v.nullable(text(2000)), null),
  key: v.optional(v.nullable(text(2000)), null),
  until: text(40),
  reason: text(500),
});

export const ruleRow = v.object({
  name: v.string(),
  source: v.picklist(['built_in', 'folder']),
  title: v.string(),
  question: v.string(),
  every_s: v.number(),
  for_s: v.number(),
  /** What is wrong with its file. */
  fault: maybeText,
  enabled: v.boolean(),
  /** Ids of those it tells; null for all that are marked for alerts. */
  destinations: v.nullable(texts),
  evaluated_at: maybeInstant,
  evaluated_commit: v.nullable(v.number()),
  digest: maybeText,
  /** Since then it cannot run, and `error` says why: nothing is known of what it looks for. */
  failed_since: maybeInstant,
  error: maybeText,
  active: v.number(),
});

export const ruleBody = v.strictObject({
  enabled: v.optional(v.boolean(), true),
  destinations: v.optional(v.nullable(v.pipe(v.array(text(64)), v.maxLength(20))), null),
});

const delivery = v.object({
  destination: v.string(),
  kind: v.string(),
  state: v.picklist(['delivered', 'failed']),
  attempts: v.number(),
  ended_at: instant,
  detail: v.string(),
});

export const messageRow = v.object({
  id: v.string(),
  rule: v.string(),
  title: v.string(),
  kind: v.picklist(['firing', 'still', 'resolved', 'failed', 'restored']),
  /** How many alerts it told of. */
  count: v.number(),
  created_at: instant,
  /** The first of their messages. */
  messages: texts,
  error: maybeText,
  deliveries: v.array(delivery),
  /** Destinations that it has yet to reach. */
  pending: v.number(),
});

export const markBody = v.strictObject({ alerts: v.boolean() });
export const evaluated = v.object({ rules: v.number() });

export type AlertRow = v.InferOutput<typeof alertRow>;
export type MuteRow = v.InferOutput<typeof muteRow>;
export type RuleRow = v.InferOutput<typeof ruleRow>;
export type MessageRow = v.InferOutput<typeof messageRow>;
