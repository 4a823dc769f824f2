// What the server itself runs with and what was done to it, as schemas.
import * as v from 'valibot';
import { instant } from './cells.ts';

/** An administrative act, written before it took effect. */
export const auditRow = v.object({
  /** Its place in the log, from 1 on without a gap. */
  seq: v.number(),
  occurred_at: instant,
  /** A person, a key, or `local` on the loopback address. */
  actor: v.string(),
  /** What was done, as `exemption.put`. */
  action: v.string(),
  target: v.string(),
  detail: v.record(v.string(), v.unknown()),
});
export type AuditRow = v.InferOutput<typeof auditRow>;

/** Whether the log is as it was written: each entry's hash covers the entry before it. */
export const auditChain = v.object({
  entries: v.number(),
  /** `seq` of the first entry that does not follow from the one before it; null where all do. */
  altered_seq: v.nullable(v.number()),
});
export type AuditChain = v.InferOutput<typeof auditChain>;

export const settingRow = v.object({
  name: v.string(),
  /** As it is in force; null for none, `set` for what is secret. */
  value: v.nullable(v.string()),
  source: v.picklist(['flag', 'environment', 'default']),
  /** What sets it, besides the flag of the same name. */
  variable: v.string(),
  text: v.string(),
});
export type SettingRow = v.InferOutput<typeof settingRow>;
