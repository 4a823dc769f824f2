// The rows of tokens, as schemas.
import * as v from 'valibot';
import { maybeInstant, maybeNumber, maybeText, texts } from './cells.ts';

/** One token, seen by its fingerprint. */
export const tokenRow = v.object({
  fingerprint: v.string(),
  agent: v.string(),
  environment: v.string(),
  session: v.string(),
  trace_id: maybeText,
  type: maybeText,
  issuer: maybeText,
  audience: maybeText,
  scopes: texts,
  scopes_requested: texts,
  /** Scopes that a use required while this token was presented. */
  scopes_used: texts,
  issued_at: maybeInstant,
  expires_at: maybeInstant,
  revoked_at: maybeInstant,
  session_ended_at: maybeInstant,
  first_used_at: maybeInstant,
  last_used_at: maybeInstant,
  uses: v.number(),
  sessions: v.number(),
  /** Seconds from issue to the earlier of expiry and revocation; null where it never ends. */
  life_s: maybeNumber,
  used_s: maybeNumber,
  utilisation: maybeNumber,
  idle_tail_s: maybeNumber,
  task_overhang_s: maybeNumber,
  used_after_end: v.number(),
  suggested_ttl_s: maybeNumber,
});

/** Token lifetimes of one agent. */
export const tokenAgentRow = v.object({
  agent: v.string(),
  environment: v.string(),
  tokens: v.number(),
  ended: v.number(),
  never_end: v.number(),
  /** Issue to expiry, to the end where no expiry is told. */
  ttl_p50_s: maybeNumber,
  used_p50_s: maybeNumber,
  used_p99_s: maybeNumber,
  suggested_ttl_s: maybeNumber,
  /** Share of the last third of tokens that would have renewed at the suggested TTL. */
  renewals: maybeNumber,
  used_after_end: v.number(),
  outlived_session: v.number(),
});

/** Share of tokens still in use at an age. */
export const survivalRow = v.object({ age_s: v.number(), in_use: v.number() });

/** All tokens of the window in one row. */
export const tokenSummary = v.object({
  tokens: v.number(),
  used_after_end: v.number(),
  never_end: v.number(),
  outlived_session: v.number(),
  never_used: v.number(),
  revoked: v.number(),
  life_p50_s: maybeNumber,
  used_p50_s: maybeNumber,
});
