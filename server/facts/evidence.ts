// What decision, approval and credential spans tell beyond the span itself.
import { SPAN } from '../../collector/attributes.ts';
import type { ApprovalRow, CredentialRow, DecisionRow, Micros } from '../model/rows.ts';
import { EFFECTS, type Effect, type Fact } from '../model/words.ts';
import { isNamed } from './conventions/footprint.ts';
import type { Reader } from './reader.ts';

/** Gives people the names under which they are kept: the same person the same name, never the id itself. */
export type Pseudonym = (id: string) => string;

/** Prefix by which a chain of actors or a principal's id says that it is a person. */
const USER = 'user:';

const PEOPLE: ReadonlySet<string> = new Set(['user', 'human', 'person']);

/** A decision whose effect cannot be read told of no answer: it is an error. */
export const decisionOf = (reader: Reader, pseudonym: Pseudonym): DecisionRow => {
  const principalType = reader.text('principal_type');
  const principal = reader.text('principal_id');
  return {
    decision_id: reader.text('decision_id'),
    effect: asEffect(reader.text('effect')),
    enforcement: reader.text('enforcement'),
    reason: reader.text('reason'),
    cached: reader.bool('cached') ?? false,
    engine: reader.text('engine'),
    policy: reader.text('policy'),
    policy_version: reader.text('policy_version'),
    rules: reader.list('rules'),
    principal_id: personOr(principal, principalType, pseudonym),
    principal_type: principalType,
    delegation_type: reader.text('delegation_type'),
    delegation_chain:
      reader.list('delegation_chain')?.map((actor) => actorName(actor, pseudonym)) ?? null,
  };
};

/** An approval without an outcome is still being waited for. */
export const approvalOf = (reader: Reader, pseudonym: Pseudonym): ApprovalRow => {
  const approverType = reader.text('approver_type');
  return {
    approval_id: reader.text('approval_id'),
    decision_id: reader.text('decision_id'),
    tier: reader.text('tier'),
    outcome: reader.text('outcome') ?? 'pending',
    source: reader.text('approval_source'),
    approver: personOr(reader.text('approver'), approverType, pseudonym),
    approver_type: approverType,
    requested_at: instant(reader.text('requested_at')),
  };
};

/** A token's life or scopes; null where the span names no token, or says no more of it than that it was used. */
export const credentialOf = (reader: Reader, name: string, fact: Fact): CredentialRow | null => {
  const fingerprint = fingerprintOf(reader);
  if (fingerprint === null) return null;
  const event = fact === 'credential' ? eventOf(name) : 'used';
  if (event === 'used' && !TOLD_OF_TOKENS.some((field) => reader.has(field))) return null;
  return {
    fingerprint,
    event,
    type: reader.text('credential_type'),
    issuer: reader.text('issuer'),
    audience: reader.text('audience'),
    credential_id: reader.text('credential_id'),
    issued_at: instant(reader.text('issued_at')),
    expires_at: instant(reader.text('expires_at')),
    revoked_at: instant(reader.text('revoked_at')),
    scopes: reader.list('scopes'),
    scopes_requested: reader.list('scopes_requested'),
    parent_fingerprint: withoutMask(reader.text('parent_fingerprint')),
  };
};

/** A fingerprint of ours, behind which ingest leaves a mask where the credential was longer. */
const FINGERPRINT = /^fp_[0-9a-f]{32}(?=\**$)/;

/** The token that the span names, or that it presented in a header. */
export const fingerprintOf = (reader: Reader): string | null => {
  const named = withoutMask(reader.text('fingerprint'));
  if (named !== null) return named;
  const [presented = ''] = reader.list('presented') ?? [];
  return FINGERPRINT.exec(presented)?.[0] ?? null;
};

/** A mask alone names nothing: all credentials would be one. */
const withoutMask = (text: string | null): string | null =>
  text === null || /^\*+$/.test(text) ? null : (FINGERPRINT.exec(text)?.[0] ?? text);

const TOLD_OF_TOKENS = ['credential_type', 'expires_at', 'scopes', 'issued_at', 'issuer'] as const;

const eventOf = (name: string): CredentialRow['event'] => {
  if (isNamed(name, SPAN.revoke_credential)) return 'revoked';
  return isNamed(name, SPAN.exchange_credential) ? 'exchanged' : 'issued';
};

const asEffect = (text: string | null): Effect =>
  EFFECTS.find((effect) => effect === text) ?? 'error';

const personOr = (id: string | null, type: string | null, pseudonym: Pseudonym): string | null => {
  if (id === null) return null;
  if (id.startsWith(USER)) return actorName(id, pseudonym);
  return type !== null && PEOPLE.has(type) ? pseudonym(id) : id;
};

const actorName = (actor: string, pseudonym: Pseudonym): string =>
  actor.startsWith(USER) ? USER + pseudonym(actor.slice(USER.length)) : actor;

/** RFC 3339; the fraction is cut to microseconds. */
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.(\d{1,9}))?\d*(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Microseconds since 1970 of an RFC 3339 text, null where it is none or lies outside the years 1 to 9999. */
export const instant = (text: string | null): Micros | null => {
  const match = text === null ? null : INSTANT.exec(text);
  if (match === null || text === null) return null;
  const whole = Date.parse(text.replace(/\.\d+/, '').replace(' ', 'T'));
  if (!Number.isFinite(whole)) return null;
  return whole * 1000 + Number((match[1] ?? '').padEnd(6, '0').slice(0, 6));
};
